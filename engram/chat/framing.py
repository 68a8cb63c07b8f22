"""The text around an answer: whose it is, what the rules say, which numbers are nobody's; pure."""

from __future__ import annotations

from engram.chat.number_check import not_in_data
from engram.core.events import Finished, Kind, Question
from engram.core.formats import format_duration
from engram.core.model import PROVIDERS
from engram.market.analyst import Report

# Responders that are language models, as people know them.
MODELS = {name: provider.label for name, provider in PROVIDERS.items()}


def header(question: Question, report: Report | None) -> str:
    """What stands above a model's text from its first word on."""
    if question.kind is Kind.ANALYSIS and report:
        return f"🤖 AI Analysis for {report.symbol}\n\n"
    return ""


def framed(answer: Finished, question: Question, report: Report | None, *, fell_back: bool) -> str:
    """The text of `answer` with all that belongs around it."""
    if answer.source in MODELS:
        return _model_text(answer, question, report)
    return with_note(answer.text, question.kind, fell_back=fell_back)


def with_note(text: str, kind: Kind, *, fell_back: bool) -> str:
    """`text` with the note that no model wrote it."""
    what = "analysis" if kind is Kind.ANALYSIS else "answers"
    why = " (LMStudio unavailable)" if fell_back else ""
    return f"{text}\n\n⚠️ Note: Using rule-based {what}{why}"


def _model_text(answer: Finished, question: Question, report: Report | None) -> str:
    parts = [header(question, report) + answer.text]
    if answer.cut_short:
        parts.append("✂️ The answer broke off here.")
    notes = []
    if report:
        notes.append(f"📐 Rules: {report.verdict}")
        if report.analysis is None:
            notes.append("⚠️ This was written without market data.")
        if odd := not_in_data(answer.text, question.prompt):
            notes.append(f"⚠️ Not in the data: {', '.join(odd)}")
    notes.append(f"💡 Powered by {MODELS[answer.source]} {answer.model}")
    return "\n\n".join([*parts, "\n".join(notes)])


def aged(text: str, seconds: float) -> str:
    """`text` of an analysis that was made for somebody else `seconds` ago."""
    return f"{text}\n🕐 Written {format_duration(seconds)} ago"
