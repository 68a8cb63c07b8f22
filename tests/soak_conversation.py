"""One conversation that goes on and on, in a small context: `python -m tests.soak_conversation`.

    python -m tests.soak_conversation --turns 300 --context 4096 --server lmstudio --form event
    python -m tests.soak_conversation --openai-url http://127.0.0.1:8080/v1 --context 4096

The assistant answers 300 questions in one chat, of which the model remembers what fits; its answers
have 600 tokens. Eight times somebody asks for an analysis, and another chat talks in between. Each
question has to be answered by the model, without another attempt, and no prompt may be longer than
the context. By default that is done on the doubles of all model servers, with each form in which
they may report an overflow and with a list of models that says too much; with `--openai-url` on a
real server, whose answers are as long as it makes them and whose counts are believed.
"""

from __future__ import annotations

import argparse
import sys
import time
from dataclasses import dataclass, field

from engram.chat.assistant import Assistant
from engram.chat.rules import RuleBasedFallback
from engram.core.events import FellBack, Finished, Progress, Stage
from engram.core.model import PROVIDERS
from engram.llm.openai import OpenAIClient
from engram.llm.server import ModelServer
from engram.llm.servers import CLIENTS
from tests.conftest import make_assistant
from tests.doubles.anthropic import AnthropicDouble
from tests.doubles.exchange import ExchangeDouble
from tests.doubles.full_context import FORMS, in_pieces
from tests.doubles.lmstudio import Answer, LMStudioDouble
from tests.doubles.model_server import ModelServerDouble
from tests.doubles.openai import OpenAIDouble

DOUBLES: dict[str, type[ModelServerDouble]] = {
    "lmstudio": LMStudioDouble,
    "openai": OpenAIDouble,
    "anthropic": AnthropicDouble,
}
# 600 tokens of the doubles.
STORY = "The market has been quiet for days, at 64,812.37, and nothing points to a change. " * 30
QUESTIONS = (
    "And what about tomorrow?",
    "Why do you think so? I have read that volume at 65,000 was 12.5 % higher than on Monday.",
    "Объясни, пожалуйста, что значит дивергенция и почему она важна для входа в позицию.",
    "请解释一下什么是止损，以及为什么它对交易者很重要。",
    "These are my trades of the week: " + "BUY 0.25 at 64,100.50, SELL 0.25 at 64,900.75; " * 12,
    "ok",
)
ANALYSES = 8
# Where the server names no figures it takes a few refusals to learn its length.
MOST_REFUSED = 0.15


@dataclass
class Outcome:
    """What came of a conversation; `read` are the prompts' tokens as the server counted them."""

    asked: int = 0
    failed: list[str] = field(default_factory=list)
    read: list[int] = field(default_factory=list)
    requests: int = 0

    def is_good(self, context: int) -> bool:
        """Whether each question was answered by the model, in a prompt that fitted.

        What a server refuses is learned: it does not happen again and again.
        """
        few = self.requests <= self.asked * (1 + MOST_REFUSED)
        return not self.failed and few and bool(self.read) and max(self.read) < context


def ask(assistant: Assistant, chat: str, text: str, outcome: Outcome) -> None:
    """Ask once, and note whether the model answered at its first attempt."""
    outcome.asked += 1
    events = list(assistant.reply(chat, text))
    wrong = [
        one
        for one in events
        if isinstance(one, FellBack) or (isinstance(one, Progress) and one.stage is Stage.RETRYING)
    ]
    last = events[-1]
    if isinstance(last, Finished) and last.usage.read:
        outcome.read.append(last.usage.read)
    if wrong or not isinstance(last, Finished) or last.source not in PROVIDERS:
        outcome.failed.append(f"{chat} {text[:40]!r}: {wrong or last}")


def converse(client: ModelServer, turns: int, exchange: ExchangeDouble) -> Outcome:
    """Ask so many questions in one chat, with analyses and another chat in between."""
    outcome = Outcome()
    assistant = make_assistant(client, RuleBasedFallback(), exchange=exchange)
    for turn in range(turns):
        ask(assistant, "long", QUESTIONS[turn % len(QUESTIONS)], outcome)
        if turn % 3 == 0:
            ask(assistant, "other", QUESTIONS[turn % 4], outcome)
        if (turn + 1) % max(turns // ANALYSES, 1) == 0:
            ask(assistant, "long", f"/refresh BTC {('1h', '4h', '1d')[turn % 3]}", outcome)
    return outcome


def on_double(name: str, form: str, turns: int, context: int, exchange: ExchangeDouble) -> Outcome:
    """The conversation with a double whose list says nothing of the context, or too much."""
    with DOUBLES[name]() as double:
        double.behave(Answer(deltas=in_pieces(STORY)))
        double.context, double.overflow = context, form
        if form == "cut" and name == "lmstudio":
            # It does not say why an answer ends: that it is cut is seen where the list is right.
            double.models[0]["loaded_instances"][0]["config"]["context_length"] = context
        client = CLIENTS[name](double.url)
        assert client.probe(), client.problem
        outcome = converse(client, turns, exchange)
        outcome.read, outcome.requests = double.prompts, len(double.chats)
        return outcome


def report(name: str, outcome: Outcome, context: int, seconds: float) -> bool:
    """Print a line; whether all is well."""
    good = outcome.is_good(context)
    print(
        f"{name:36} {outcome.asked:5} asked, {outcome.requests or '?':>5} requests, "
        f"longest prompt {max(outcome.read, default=0):5} of {context}, "
        f"{len(outcome.failed)} failed, {seconds:5.1f} s{'' if good else '  NOT GOOD'}",
        flush=True,
    )
    for line in outcome.failed[:5]:
        print("   ", line)
    return good


def main() -> int:
    """Print a line for each conversation; 1 when one is not as it should be."""
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--turns", type=int, default=300)
    parser.add_argument("--context", type=int, default=4096)
    parser.add_argument("--server", choices=DOUBLES)
    parser.add_argument("--form", choices=[*FORMS, "in mid-stream"])
    parser.add_argument("--openai-url")
    parser.add_argument("--model", default="")
    parser.add_argument("--token", default="")
    given = parser.parse_args()
    good = True
    with ExchangeDouble(shape="walk") as exchange:
        if given.openai_url:
            began = time.monotonic()
            client = OpenAIClient(given.openai_url, model=given.model, token=given.token)
            assert client.probe(), client.problem
            outcome = converse(client, given.turns, exchange)
            return not report(given.openai_url, outcome, given.context, time.monotonic() - began)
        for name in [given.server] if given.server else DOUBLES:
            for form in [given.form] if given.form else [*FORMS, "in mid-stream"]:
                began = time.monotonic()
                outcome = on_double(name, form, given.turns, given.context, exchange)
                seconds = time.monotonic() - began
                good = report(f"{name}, {form}", outcome, given.context, seconds) and good
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
