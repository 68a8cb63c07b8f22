"""A digest's maker, and a model that says what a test lets it say."""

import pytest

from engram.watch.digest.making import DigestMaker
from engram.watch.watchlist.watchlist import Watchlist


class Model:
    """Remarks as scripted; `asked` is what it was given."""

    def __init__(self):
        self.says, self.asked = "", []

    def remark(self, prompt, data, until):
        self.asked.append((prompt, data, until))
        return self.says


@pytest.fixture
def model():
    return Model()


@pytest.fixture
def maker(tables, feed, model, clock):
    return DigestMaker(tables, Watchlist(tables, feed, clock), model, clock)
