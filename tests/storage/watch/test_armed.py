"""Who armed something, and where."""

from engram.storage.watch.armed import Armed, Place


def test_nobody_has_a_name_where_nobody_else_reads_it():
    """In a private chat an alert would name the person whom it tells."""
    assert (Armed("7", "x").person, Armed("7", "x").name) == (0, "")


def test_places_are_the_same_if_all_is_the_same():
    """Each alert would ask the exchange for itself."""
    assert len({Place("binance", "BTC/USDT", "1m") for _ in range(2)}) == 1
