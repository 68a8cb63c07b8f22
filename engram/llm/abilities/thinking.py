"""How much a model is asked to think before it answers, in the words of each protocol; pure."""

from collections.abc import Iterator
from typing import Any

from engram.core.events import Question
from engram.core.model import AUTO, OFF, ON, Model

# OpenAI's words for what is called otherwise here; the others are the same.
OPENAI = {OFF: "none", ON: "medium"}
OPENAI_KNOWS = {"none", "minimal", "low", "medium", "high", "xhigh", "max"}
# How much an Anthropic model may think, and what it has to be given at least. Tokens.
BUDGETS = {"minimal": 1024, "low": 1024, ON: 4096, "medium": 4096}
MOST_BUDGET, LEAST_BUDGET = 12_288, 1024


def wanted(question: Question, configured: str, *, can_be_off: bool) -> str:
    """The effort to ask for with `question`; "" leaves it to the model.

    `configured` is what holds where nobody has chosen. "auto" asks for none where none is needed,
    of a model that `can_be_off` because it is known to think and to do without.
    """
    effort = question.effort or configured
    if effort != AUTO:
        return effort
    return OFF if question.calm and can_be_off else ""


def lmstudio(question: Question, configured: str, model: Model) -> dict[str, Any]:
    """`reasoning` of LM Studio's native API, which refuses what its list does not allow."""
    effort = wanted(question, configured, can_be_off=OFF in model.efforts)
    return {"reasoning": effort} if effort in model.efforts else {}


def openai(effort: str) -> str:
    """`reasoning_effort` of OpenAI's chat completions for an `effort`; "" where it has no word."""
    word = OPENAI.get(effort, effort)
    return word if word in OPENAI_KNOWS else ""


def anthropic(effort: str, room: int, answer: int) -> Iterator[dict[str, Any]]:
    """The keys of Anthropic's Messages API for an `effort`, in the forms that its models know.

    Older models are given a budget of tokens, newer ones decide themselves, and refuse a budget.
    `room` are the tokens that thoughts and answer may have together, of which the `answer` gets so
    many where there is room.
    """
    if effort == OFF:
        yield {"thinking": {"type": "disabled"}}
    if effort in ("", OFF):
        return
    budget = min(BUDGETS.get(effort, MOST_BUDGET), room - LEAST_BUDGET)
    if budget < LEAST_BUDGET:
        return
    limit = {"max_tokens": min(budget + answer, room)}
    yield {"thinking": {"type": "enabled", "budget_tokens": budget}, **limit}
    level = {} if effort == ON else {"output_config": {"effort": effort}}
    yield {"thinking": {"type": "adaptive"}, **level, **limit}
