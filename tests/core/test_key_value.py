"""Texts under keys, wherever they are kept."""

import pytest

from engram.core.key_value import KeyValue
from engram.core.lru import LRUCache
from engram.storage.store import Store


@pytest.mark.parametrize("make", [lambda: Store(None), lambda: LRUCache(10)], ids=["store", "lru"])
def test_the_last_value_of_a_key_counts(make):
    """A room would read something else than it has kept, depending on where it is kept."""
    kept: KeyValue = make()
    assert kept.get("a") is None
    kept.put("a", "1")
    kept.put("a", "2 🚀" * 25_000)
    assert kept.get("a") == "2 🚀" * 25_000
