"""What stands around an answer: what it is of, who wrote it, which numbers are unknown; pure."""

from collections.abc import Sequence

from engram.chat import texts
from engram.chat.number_check import not_in_data
from engram.chat.verdicts import Verdict, verdicts
from engram.core.events import FellBack, Finished, Kind, Question
from engram.core.formats import format_duration, format_speed
from engram.core.markdown.blocks import closed
from engram.core.model import PROVIDERS, Model
from engram.market.report import Findings


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
    *,
    with_speed: bool = False,
) -> str:
    """The text of `answer`, before which others `fell_back`, with all that belongs around it.

    `known` is what the model was told earlier in the conversation. `with_speed` says how fast it
    wrote, where that is known.
    """
    if answer.source in PROVIDERS:
        speed = answer.usage.speed if with_speed else 0.0
        return _model_text(answer, question, findings, known, speed)
    text = "\n\n".join([answer.text, *problems(findings)])
    return with_note(text, question.kind, fell_back)


def with_note(text: str, kind: Kind, fell_back: Sequence[FellBack] = ()) -> str:
    """`text` with the note that no model wrote it, and why."""
    return f"{text}\n\n{texts.rules_wrote(kind, fell_back)}"


def aged(text: str, seconds: float) -> str:
    """`text` of an analysis that was made for somebody else `seconds` ago."""
    return f"{text}\n{texts.WRITTEN_AGO.format(age=format_duration(seconds))}"


def stopped(shown: str, answer: Finished, question: Question, findings: Findings) -> str:
    """What was `shown` of `answer` until somebody stopped it, with the note that it was."""
    notes = _verdicts(answer.text, question, findings) if answer.text else []
    notes.append(texts.STOPPED)
    return "\n\n".join(filter(None, (closed(shown).rstrip(), "\n".join(notes))))


def _model_text(
    answer: Finished, question: Question, findings: Findings, known: str, speed: float
) -> str:
    parts = [header(question, findings) + closed(answer.text)]
    if answer.cut_short:
        full = answer.context and texts.context_full(answer.context, answer.source)
        parts.append(full or (texts.REPEATS if answer.repeats else texts.CUT_SHORT))
    notes = _verdicts(answer.text, question, findings)
    notes += problems(findings)
    # The panel has the digits that were too many for the prompt: they are no inventions.
    given = f"{known}\n\n{question.panel}\n\n{question.asked}"
    if odd := not_in_data(answer.text, given, strict=bool(findings.reports)):
        note = texts.READ_OFF if _has_seen_pictures(answer, question) else texts.NOT_IN_DATA
        notes.append(note.format(numbers=", ".join(odd)))
    if answer.unloaded:
        other = {"model": answer.unloaded.name, "other": answer.model}
        notes.append(texts.NOT_LOADED.format(**other))
    elif question.model and Model(question.model).name != answer.model:
        notes.append(texts.OTHER_MODEL.format(chosen=Model(question.model).name))
    server = answer.server or PROVIDERS[answer.source].called
    powered_by = texts.POWERED_BY if server.named else texts.POWERED_AT
    at_speed = texts.AT_SPEED.format(speed=format_speed(speed)) if speed else ""
    notes.append(powered_by.format(server=server, model=answer.model) + at_speed)
    return "\n\n".join([*parts, "\n".join(notes)])


def _has_seen_pictures(answer: Finished, question: Question) -> bool:
    """Whether numbers may be those of a picture, of this question or of one before."""
    earlier = any(turn.pictures for turn in question.history)
    return bool(question.pictures or earlier) and not answer.blind


def problems(findings: Findings) -> list[str]:
    """A line for each market that nothing can be known of."""
    return [texts.PROBLEM.format(problem=problem) for problem in findings.problems]


def without_figures(findings: Findings) -> str:
    """What the rules say where nothing could be measured, and why not."""
    return "\n\n".join(filter(None, [findings.panel, *findings.problems])) or texts.NO_MARKETS


def _verdicts(text: str, question: Question, findings: Findings) -> list[str]:
    """A line for each market: what the rules say of it, and beside it the model in its `text`.

    One more says so where these are two signals. A question asks for no verdict, so there only one
    that is stated has its place.
    """
    lines = []
    said = verdicts(text, [report.symbol for report in findings.reports])
    for report, by_model in zip(findings.reports, said, strict=True):
        if report.missing:
            lines.append(texts.NO_DATA.format(title=report.title, reason=report.missing))
            continue
        line = texts.RULES_SAY.format(title=report.title, verdict=report.verdict)
        if question.kind is Kind.ANALYSIS or by_model.stated:
            line += texts.MODEL_SAYS.format(verdict=_in_words(by_model))
        lines.append(line)
        if by_model.signal not in (None, report.signal):
            signals = {"model": by_model.signal.value, "rules": report.signal.value}
            lines.append(texts.CONTRADICTS.format(symbol=report.symbol, **signals))
    return lines


def _in_words(verdict: Verdict) -> str:
    if verdict.signal is None:
        return texts.NO_CLEAR_VERDICT if verdict.stated else texts.NO_VERDICT
    confidence = verdict.confidence
    return f"{verdict.signal.value} ({confidence.value if confidence else texts.NO_CONFIDENCE})"
