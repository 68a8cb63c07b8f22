"""The text around an answer: who wrote it, what the rules say, which numbers are unknown; pure."""

from collections.abc import Sequence

from engram.chat import texts
from engram.chat.number_check import not_in_data
from engram.core.events import FellBack, Finished, Kind, Question
from engram.core.formats import format_duration
from engram.core.markdown.blocks import closed
from engram.core.model import PROVIDERS, Model
from engram.market.analyst import Findings


def header(question: Question, findings: Findings) -> str:
    """The header above a model's text, shown from its first word on: what its figures are of."""
    if not findings.measured:
        return ""
    heading = texts.HEADER if question.kind is Kind.ANALYSIS else texts.FIGURES
    return heading.format(titles=", ".join(report.title for report in findings.measured))


def framed(
    answer: Finished,
    question: Question,
    findings: Findings,
    fell_back: Sequence[FellBack] = (),
    known: str = "",
) -> str:
    """The text of `answer`, before which others `fell_back`, with all that belongs around it.

    `known` is what the model was told earlier in the conversation.
    """
    if answer.source in PROVIDERS:
        return _model_text(answer, question, findings, known)
    text = "\n\n".join([answer.text, *_problems(findings)])
    return with_note(text, question.kind, fell_back)


def with_note(text: str, kind: Kind, fell_back: Sequence[FellBack] = ()) -> str:
    """`text` with the note that no model wrote it, and why."""
    return f"{text}\n\n{texts.rules_wrote(kind, fell_back)}"


def aged(text: str, seconds: float) -> str:
    """`text` of an analysis that was made for somebody else `seconds` ago."""
    return f"{text}\n{texts.WRITTEN_AGO.format(age=format_duration(seconds))}"


def _model_text(answer: Finished, question: Question, findings: Findings, known: str) -> str:
    parts = [header(question, findings) + closed(answer.text)]
    if answer.cut_short:
        full = answer.context and texts.context_full(answer.context, answer.source)
        parts.append(full or (texts.REPEATS if answer.repeats else texts.CUT_SHORT))
    notes = []
    for report in findings.reports:
        if report.missing:
            notes.append(texts.NO_DATA.format(title=report.title, reason=report.missing))
        else:
            notes.append(texts.RULES_SAY.format(title=report.title, verdict=report.verdict))
    notes += _problems(findings)
    given = f"{known}\n\n{question.prompt or question.text}"
    if odd := not_in_data(answer.text, given, strict=bool(findings.reports)):
        notes.append(texts.NOT_IN_DATA.format(numbers=", ".join(odd)))
    if question.model and Model(question.model).name != answer.model:
        notes.append(texts.OTHER_MODEL.format(chosen=Model(question.model).name))
    server = answer.server or PROVIDERS[answer.source].called
    powered_by = texts.POWERED_BY if server.named else texts.POWERED_AT
    notes.append(powered_by.format(server=server, model=answer.model))
    return "\n\n".join([*parts, "\n".join(notes)])


def _problems(findings: Findings) -> list[str]:
    return [texts.PROBLEM.format(problem=problem) for problem in findings.problems]
