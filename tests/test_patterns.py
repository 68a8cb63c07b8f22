"""No regular expression takes long, whatever text it meets."""

import ast
import re
from functools import partial

import pytest

from tests.growth import is_in_proportion
from tests.patterns import MADE, UNITS, calls_of_re, module_names, patterns, worst

# A linear pattern has read so many characters long before so many seconds.
LENGTH, SECONDS = 4000, 0.02
# What a pattern takes besides is little.
MOST = 2.2
# These are asked at one place of a text, and never searched for.
AT_ONE_PLACE = (
    "engram.config.edited \\[([^",
    "engram.config.edited [^=:",
    "engram.config.edited [ \\t]+",
    "engram.config.edited \\s*(?:export",
    "engram.core.markdown.blocks (?P<indent>",
    "engram.core.markdown.blocks [ \\t]*\\*",
    "engram.core.markdown.inlines [ ]*(?:[\\d(]",
    "engram.market.words.tokens (\\w*[a-z])(",
    "engram.watch.zones (?:utc|gmt)?",
)
# Modules that make patterns while they run: of names that are escaped, or of tables.
MAKING = {
    *MADE, "engram.chat.small_talk", "engram.chat.numbers.facts", "engram.config.readers",
    "engram.market.words.timeframes", "engram.market.words.coin_names",
    "engram.llm.abilities.lacking",
}  # fmt: skip


@pytest.mark.parametrize("name", [one for one in module_names() if any(calls_of_re(one))])
def test_a_pattern_takes_time_in_proportion_to_the_text(name):
    """One text of a model held the interpreter, and with it everybody, for twelve seconds."""
    for pattern in patterns(name):
        is_anchored = f"{name} {pattern.pattern}".startswith(AT_ONE_PLACE)
        for unit in sorted({*UNITS, *worst(pattern)}):
            check(pattern.fullmatch if is_anchored else partial(search, pattern), unit)


def search(pattern, text):
    return sum(1 for _ in pattern.finditer(text))


def check(call, unit, longest=LENGTH):
    """Fails if `call` takes ever longer for each `unit` of a text."""
    for end in ("", "\x01"):

        def case(length, end=end):
            text = (unit * (length // len(unit) + 1))[:length] + end
            return lambda: call(text)

        assert is_in_proportion(case, longest, SECONDS, MOST), (call, unit)


def test_no_pattern_is_made_where_none_is_tried():
    """A pattern that nobody has tried would meet the texts of strangers."""
    made = {
        name
        for name in module_names()
        if any(not isinstance(call.args[0], ast.Constant) for call in calls_of_re(name))
    }
    assert made <= MAKING | {name for name in made if patterns(name)}


def test_a_slow_pattern_is_found():
    """The test would pass whatever the patterns are."""
    pattern = re.compile(r"(?:exceed\w*)[^.\d]{0,60}\d")
    unit = max(worst(pattern), key=len)
    with pytest.raises(AssertionError, match=unit):
        check(partial(search, pattern), unit, 1200)
