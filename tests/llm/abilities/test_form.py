"""The form of an answer as a grammar."""

import re

import pytest

from engram.chat.prompts import VERDICT_LINES
from engram.chat.verdicts import verdicts
from engram.core.events import Form
from engram.llm.abilities.form import gbnf

ALONE = Form(("",), VERDICT_LINES)
BOTH = Form(("BTC/USDT (4h)", "ETH/USDT (4h)"), VERDICT_LINES)
POINTS = "- The trend is up.\n- Volume is thin.\n"


def accepted(form):
    """A pattern of what the grammar of `form` accepts."""
    root, point = (line.partition(" ::= ")[2] for line in gbnf(form).splitlines())
    return re.compile(pattern(root.replace("point", f"({point})")))


def pattern(rule):
    """A rule without names as a regular expression: literals, classes, alternatives, repetition."""
    parts = re.findall(r'"((?:[^"\\]|\\.)*)"|(\[[^\]]+\])|([()|]|\{[\d,]+\})', rule)
    literals = ((re.escape(text.encode().decode("unicode_escape")), *more) for text, *more in parts)
    return "".join(text or charset or sign for text, charset, sign in literals)


@pytest.mark.parametrize(
    ("form", "text", "fits"),
    [
        (ALONE, f"{POINTS}\nSignal: HOLD\nConfidence: Low", True),
        (
            ALONE,
            f"{2 * POINTS}- トレンドが続いている可能性。\n\nSignal: BUY\nConfidence: High",
            True,
        ),
        (ALONE, f"{POINTS}\nSignal: HOLD", False),
        (ALONE, f"{POINTS}\nSignal: MAYBE\nConfidence: Low", False),
        (ALONE, f"{POINTS}\nSignal: HOLD\nConfidence: Low\nBuy!", False),
        (ALONE, "- The trend is up.\n\nSignal: HOLD\nConfidence: Low", False),
        (ALONE, f"{3 * POINTS}\nSignal: HOLD\nConfidence: Low", False),
        (ALONE, f"- {'x' * 241}\n{POINTS}\nSignal: HOLD\nConfidence: Low", False),
        (
            BOTH,
            f"{POINTS}\n**BTC/USDT (4h)**\nSignal: BUY\nConfidence: Low\n"
            "\n**ETH/USDT (4h)**\nSignal: SELL\nConfidence: Medium\n",
            True,
        ),
        (BOTH, f"{POINTS}\n**BTC/USDT (4h)**\nSignal: BUY\nConfidence: Low\n", False),
    ],
)
def test_what_does_not_have_the_form_cannot_be_written(form, text, fits):
    """A small model's verdict would be missing in nine answers of ten."""
    assert bool(accepted(form).fullmatch(text)) is fits
    if fits:
        found = verdicts(text, [title.partition(" ")[0] for title in form.titles])
        symbols = found if form is BOTH else verdicts(text, ["BTC/USDT"])
        assert all(verdict.complete for verdict in symbols)


def test_what_has_a_meaning_in_a_grammar_is_written_as_text():
    """A title with a quotation mark would end in a refusal."""
    form = Form(('a"b\\c', "d"), (("One\ntwo", ("x",)),))
    text = f'{POINTS}\n**a"b\\c**\nOne\ntwo: x\n\n**d**\nOne\ntwo: x\n'
    assert accepted(form).fullmatch(text)
