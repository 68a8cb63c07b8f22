"""The text around an answer: who wrote it, what the rules say, which numbers are unknown; pure."""

from collections.abc import Sequence

from engram.chat import texts
from engram.chat.number_check import not_in_data
from engram.core.events import FellBack, Finished, Kind, Question
from engram.core.formats import format_duration
from engram.core.model import PROVIDERS, Model
from engram.market.analyst import Report


def header(question: Question, report: Report | None) -> str:
    """The header above a model's text, shown from its first word on."""
    if question.kind is Kind.ANALYSIS and report:
        return texts.HEADER.format(symbol=report.symbol)
    return ""


def framed(
    answer: Finished, question: Question, report: Report | None, fell_back: Sequence[FellBack] = ()
) -> str:
    """The text of `answer`, before which others `fell_back`, with all that belongs around it."""
    if answer.source in PROVIDERS:
        return _model_text(answer, question, report)
    return with_note(answer.text, question.kind, fell_back)


def with_note(text: str, kind: Kind, fell_back: Sequence[FellBack] = ()) -> str:
    """`text` with the note that no model wrote it, and why."""
    return f"{text}\n\n{texts.rules_wrote(kind, fell_back)}"


def aged(text: str, seconds: float) -> str:
    """`text` of an analysis that was made for somebody else `seconds` ago."""
    return f"{text}\n{texts.WRITTEN_AGO.format(age=format_duration(seconds))}"


def _model_text(answer: Finished, question: Question, report: Report | None) -> str:
    parts = [header(question, report) + answer.text]
    if answer.cut_short:
        parts.append(texts.CUT_SHORT)
    notes = []
    if report:
        notes.append(texts.RULES_SAY.format(verdict=report.verdict))
        if report.analysis is None:
            notes.append(texts.NO_DATA)
        if odd := not_in_data(answer.text, question.prompt):
            notes.append(texts.NOT_IN_DATA.format(numbers=", ".join(odd)))
    if question.model and Model(question.model).name != answer.model:
        notes.append(texts.OTHER_MODEL.format(chosen=Model(question.model).name))
    server = PROVIDERS[answer.source].label
    notes.append(texts.POWERED_BY.format(server=server, model=answer.model))
    return "\n\n".join([*parts, "\n".join(notes)])
