"""What the assistant remembers."""

from engram import memory as memory_module
from engram.events import Finished, Thread
from engram.memory import Memory, Recent


def test_a_conversation_is_remembered_and_forgotten():
    """A follow-up question would not know what was said, or /new would do nothing."""
    memory = Memory()
    memory.remember("1", Finished("a", "lmstudio", thread=Thread("s", "resp_1")))
    memory.remember("1", Finished("b", "mock"))
    assert (memory.thread("1"), memory.thread("2")) == (Thread("s", "resp_1"), None)
    memory.forget("1")
    assert memory.thread("1") is None


def test_an_analysis_is_kept_with_its_age():
    """The second person would wait for what the first one has just read."""
    now = [0.0]
    memory = Memory(lambda: now[0])
    answer = Finished("a", "lmstudio")
    memory.keep_analysis(("BTC", 1), answer)
    now[0] = 60
    assert memory.analysis(("BTC", 1)) == (answer, 60)
    assert memory.analysis(("BTC", 2)) is None


def test_memory_is_bounded(monkeypatch):
    """A public bot would fill the machine."""
    monkeypatch.setattr(memory_module, "CONVERSATIONS", 3)
    memory = Memory()
    for number in range(10):
        memory.remember(
            str(number), Finished("a", "lmstudio", thread=Thread("s", f"resp_{number}"))
        )
    assert [bool(memory.thread(str(number))) for number in range(10)] == [False] * 7 + [True] * 3


def test_what_is_used_stays():
    """The most active chat would lose its conversation first."""
    recent = Recent(2)
    recent.put("a", 1)
    recent.put("b", 2)
    assert recent.get("a") == 1
    recent.put("c", 3)
    assert (recent.get("a"), recent.get("b"), recent.get("c")) == (1, None, 3)
