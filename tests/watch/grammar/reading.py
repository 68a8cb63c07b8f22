"""What knows the markets of tests/tables/markets.json."""

import json
from pathlib import Path

from engram.market.words import reader
from engram.market.words.markets import Markets

TABLES = Path(__file__).parents[2] / "tables"
LISTED = json.loads((TABLES / "markets.json").read_text("utf-8"))


class Reading:
    """The analyst's part of reading; the default timeframe is 1h."""

    timeframe = "1h"

    def __init__(self, markets=None, quote="USDT"):
        self._markets = markets or Markets(LISTED, quote)

    def read_command(self, text):
        return reader.read_command(text, self._markets)

    def read_sentence(self, text):
        return reader.read_sentence(text, self._markets)

    def unlisted(self, word):
        return f"I found no market {word}."
