"""The values that were used last."""

from engram.core.lru import LRUCache


def test_what_is_used_stays():
    """The most active chat would lose its conversation first."""
    recent = LRUCache(2)
    recent.put("a", 1)
    recent.put("b", 2)
    assert recent.get("a") == 1
    recent.put("c", 3)
    assert (recent.get("a"), recent.get("b"), recent.get("c")) == (1, None, 3)


def test_all_values_are_seen_without_being_used():
    """Looking for a price that is there would push out the candles that are asked for most."""
    recent = LRUCache(2)
    recent.put("a", 1)
    recent.put("b", 2)
    assert recent.values() == [2, 1]
    recent.put("c", 3)
    assert recent.values() == [3, 2]
