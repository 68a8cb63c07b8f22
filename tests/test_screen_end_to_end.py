"""What stands on screen, character by character, with `launcher.py` as a process."""

import threading

import pytest

from tests.conftest import OWNER
from tests.doubles.lmstudio import Answer, Held, Reset

WRITTEN = """## Sizing

**Entry:** 64,000, risk 10000*0.01*2 = 200 and 5*3 + 2*4
64,000<br>66,000
if price <ema and rsi> 70 then /analyze <SYMBOL>
- 2.5 % today
> 70 is overbought, ~65k, C:\\new, $\\frac{a*b}{c_1}$, S&amp;P
* **Stop:** `close*0.97`

```python
x = 5*3*2  # <b>
```

| Coin | Price |
|---|--:|
| BTC | 64,000 |
| ETH | <3,400 | more |
"""
READ = """Sizing

Entry: 64,000, risk 10000*0.01*2 = 200 and 5*3 + 2*4
64,000
66,000
if price <ema and rsi> 70 then /analyze <SYMBOL>
- 2.5 % today
> 70 is overbought, ~65k, C:\\new, $\\frac{a*b}{c_1}$, S&amp;P
• Stop: close*0.97

x = 5*3*2  # <b>

Coin   Price
────  ──────
BTC   64,000
ETH   <3,400  more

"""


def said(telegram):
    """All texts that the bot has sent or edited so far."""
    return [
        str(call.params["text"]) for call in telegram.calls
        if call.chat_id == OWNER and call.params.get("text")
    ]  # fmt: skip


def lines(telegram):
    """All lines on screen, in all messages."""
    shown = [one.text or one.caption or "" for one in telegram.screen(OWNER)]
    return [line for text in shown for line in text.split("\n") if line.strip()]


def check_no_line_twice(telegram):
    found = lines(telegram)
    assert len(set(found)) == len(found), found


def test_an_answer_is_on_screen_as_it_was_written(bot, telegram, lmstudio):
    """People would trade on other numbers than the model wrote."""
    lmstudio.behave(Answer(WRITTEN))
    bot()
    telegram.say(OWNER, "how large?")
    shown = telegram.wait_for_text(OWNER, "Powered by LMStudio")
    assert shown.text.startswith(READ)
    kinds = [entity["type"] for entity in shown.entities]
    assert kinds == ["bold", "bold", "bold", "code", "pre", "pre"]


@pytest.mark.parametrize("stream", ["edit", "draft"])
def test_previews_show_no_marks_that_wait_for_their_counterpart(bot, telegram, lmstudio, stream):
    """Asterisks and half fences would flash in each answer that streams in."""
    deltas = ("**Ent", "ry: 64,000", "**\n\n```py", "thon\nx = 5*3", "\n``", "`\n", "The end.")
    gates = {("message.delta", number): threading.Event() for number in range(1, len(deltas))}
    lmstudio.behave(Held(Answer(deltas=deltas), gates))
    bot(telegram_keys=f"stream = {stream}")
    telegram.say(OWNER, "tell me")
    shown = ("Ent", "Entry: 64,000", "Entry: 64,000", "x = 5*3", "x = 5*3", "x = 5*3")
    for gate, words in zip(gates.values(), shown, strict=True):
        telegram.wait_for(lambda words=words: said(telegram) and said(telegram)[-1].endswith(words))
        gate.set()
    telegram.wait_for_text(OWNER, "Powered by LMStudio")
    assert [text for text in said(telegram) if "**" in text or "`" in text] == []


@pytest.mark.parametrize("spoken", ["word ", "```\\nword\\n"])
def test_stopped_stands_once(bot, telegram, lmstudio, spoken):
    """A person who stops an answer would read twice that it was stopped."""
    lmstudio.behave(
        Answer(deltas=(spoken.replace("\\n", "\n"), *["word "] * 1000), delay_between=0.05)
    )
    bot()
    telegram.say(OWNER, "tell me")
    telegram.wait_for_text(OWNER, "word word")
    telegram.say(OWNER, "/stop")
    stopped = telegram.wait_for_text(OWNER, "⏹ Stopped.")
    telegram.wait_for_text(OWNER, "The answer in progress ends here.")
    assert sum("⏹" in line for line in lines(telegram)) == 1
    end = len(stopped.text) - len("⏹ Stopped.")
    assert all(one["offset"] + one["length"] <= end for one in stopped.entities)
    check_no_line_twice(telegram)


@pytest.mark.parametrize(
    "behaviour",
    [
        Answer("**It** rises."),
        Answer("\n".join(f"{number}. It rises to {number}*3." for number in range(500))),
        Reset(5, Answer(deltas=("It ", "rises ") * 10)),
    ],
    ids=["short", "long", "broken off"],
)
def test_no_line_of_an_analysis_stands_in_two_messages(bot, telegram, lmstudio, market, behaviour):
    """The same figures would be on screen twice."""
    lmstudio.behave(*[behaviour] * 3)
    bot(after=market)
    telegram.say(OWNER, "/analyze BTC 4h")
    is_broken = isinstance(behaviour, Reset)
    end = "Note: Using rule-based analysis" if is_broken else "Powered by LMStudio"
    telegram.wait_for_text(OWNER, end, timeout=40)
    telegram.wait_for(lambda: all("⏹" not in str(one.buttons) for one in telegram.screen(OWNER)))
    check_no_line_twice(telegram)
