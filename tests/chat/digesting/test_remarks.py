"""What a model says about a digest."""

import threading
import time
from threading import Timer

import pytest

from engram.chat.chain import FallbackChain
from engram.chat.digesting.remarks import ModelRemarks
from engram.chat.prompts import SYSTEM
from engram.chat.rules import RuleBasedFallback
from engram.core.errors import UnavailableError
from engram.core.events import Finished
from engram.core.waits import Wakeup, wait
from tests.chat.test_assistant import Model
from tests.conftest import wait_until
from tests.machine_speed import LONG

DATA = "BTC 101,235 +1.2 ▲\nETH 3,021.44 -3.1 ▼"


def remark(*responders, data=DATA, seconds=LONG):
    chain = FallbackChain([*responders, RuleBasedFallback()])
    return ModelRemarks(chain).remark("Two sentences.", data, time.monotonic() + seconds)


def says(text, **more):
    return Model(Finished(text, "lmstudio", "GLM-4.7-flash", markdown=True, **more))


def test_a_model_says_what_stands_out():
    """The digest would be a table, and nothing to read."""
    model = says("Bitcoin is up 1.2 %.\nEther fell by 3.1 %, against it.")
    said = remark(model)
    assert said == "💬 Bitcoin is up 1.2 %. Ether fell by 3.1 %, against it. (GLM-4.7-flash)"
    (question,) = model.questions
    assert (question.prompt, question.system) == (f"Two sentences.\n\n{DATA}", SYSTEM)
    # It is waited for.
    assert question.calm


def test_its_numbers_are_checked():
    """A price that the model has invented would be sent to people who sleep."""
    said = remark(says("Bitcoin stands at 101,235 and heads for 123,456."))
    assert said.endswith("(GLM-4.7-flash)\n⚠️ Not in the data: 123,456")


def test_more_than_two_sentences_are_cut():
    """A model that likes to talk would fill the digest."""
    assert "Three" not in remark(
        says("One is 1.2 % up. Two fell. Three is more than anybody wants.")
    )


@pytest.mark.parametrize(
    "model",
    [
        Model(UnavailableError("refused")),
        Model(ZeroDivisionError()),
        says(""),
        says("word " * 500),
        says("half", cut_short=True),
    ],
)  # fmt: skip
def test_without_a_model_there_is_no_remark(model):
    """A digest would end with an excuse, with what the rules say to a question, or not come."""
    assert remark(model) == ""


def test_the_rules_are_not_asked():
    """A digest would end with what they say to somebody who greets them."""
    assert remark() == ""
    away = says("Up.")
    away.available = False
    assert remark(away) == ""


class Hung:
    """A model server that never answers, and goes on when it is told to stop."""

    name, base_url, available = "lmstudio", "", True

    def respond(self, question):
        woken = Wakeup()
        with question.stop.calls(woken.set):
            yield from wait(woken, time.monotonic() + LONG)
        question.stop.check()
        yield Finished("too late", "lmstudio")


def test_no_digest_waits_for_a_model_longer_than_agreed():
    """A model that hangs would keep the digest from a person for seven minutes."""
    assert remark(Hung(), seconds=0.05) == ""
    assert remark(Hung(), seconds=-1) == ""


def test_no_thread_is_left_behind():
    """A bot that runs for months would have a thread for each digest."""
    remark(says("Up."))
    wait_until(lambda: not [one for one in threading.enumerate() if isinstance(one, Timer)], 10)
