"""What is kept while the process lives."""

from engram.chat.asking import Analyses
from engram.core.events import Finished
from engram.core.lru import LRUCache


def test_an_analysis_is_kept_with_its_age():
    """The second person would wait for what the first one has just read."""
    now = [0.0]
    analyses = Analyses(lambda: now[0])
    answer = Finished("a", "lmstudio")
    analyses.keep(("BTC", 1), answer)
    now[0] = 60
    assert analyses.get(("BTC", 1)) == (answer, 60)
    assert analyses.get(("BTC", 2)) is None


def test_what_is_used_stays():
    """The most active chat would lose its conversation first."""
    recent = LRUCache(2)
    recent.put("a", 1)
    recent.put("b", 2)
    assert recent.get("a") == 1
    recent.put("c", 3)
    assert (recent.get("a"), recent.get("b"), recent.get("c")) == (1, None, 3)
