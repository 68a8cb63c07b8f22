"""What Engram says in its own words."""

import pytest

from engram.chat.texts import (
    ADMINISTRATORS_ONLY,
    ADMINISTRATORS_UNKNOWN,
    done_by,
    objection,
    progress,
    rules_wrote,
)
from engram.core.errors import Cause
from engram.core.events import FellBack, Kind, Progress, Stage
from engram.core.model import PROVIDERS
from engram.core.person import Person


@pytest.mark.parametrize(
    ("event", "text"),
    [
        (Progress(Stage.FETCHING), "📊 Fetching market data"),
        (Progress(Stage.LOADING, 0.4), "⏳ Loading model ▓▓▓▓░░░░░░ 40 %"),
        (Progress(Stage.LOADING, 0.0), "⏳ Loading model ░░░░░░░░░░ 0 %"),
        (Progress(Stage.LOADING), "⏳ Loading model"),
        (Progress(Stage.READING, 0.7), "📖 Reading the prompt 70 %"),
        (Progress(Stage.THINKING), "💭 Thinking…"),
        (Progress(Stage.RETRYING, attempt=2, attempts=3), "⚠️ Retrying - attempt 2 of 3"),
        (Progress(Stage.BEHIND, place=1), "🕐 One answer comes before this one"),
        (Progress(Stage.BEHIND, place=3), "🕐 3 answers come before this one"),
        (Progress(Stage.WAITING, place=1), "🕐 1st in line"),
        (Progress(Stage.WAITING, place=12), "🕐 12th in line"),
        (Progress(Stage.WAITING, place=22), "🕐 22nd in line"),
        (Progress(Stage.WAITING, place=113), "🕐 113th in line"),
    ],
)
def test_progress_reads_as_a_person_would_say_it(event, text):
    """A person who waits would not understand what for."""
    assert progress(event) == text


def test_the_time_that_thinking_takes_is_shown():
    """A person would not know whether the model still thinks, or hangs."""
    assert progress(Progress(Stage.THINKING), 12.4) == "💭 Thinking… 12 s"
    assert progress(Progress(Stage.LOADING), 12.4) == "⏳ Loading model 12 s"
    assert progress(Progress(Stage.LOADING, 0.5), 12.4) == "⏳ Loading model ▓▓▓▓▓░░░░░ 50 %"
    assert progress(Progress(Stage.FETCHING), 12.4) == "📊 Fetching market data"
    assert progress(None) == "💬 Asking the model"
    assert progress(None, 9) == "💬 Asking the model 9 s"
    assert progress(Progress(Stage.ASKING), 3) == "💬 Asking the model 3 s"


def test_every_stage_has_words():
    """An answer would end in a KeyError as soon as that stage is reached."""
    assert all(progress(Progress(stage)) for stage in Stage)


LLAMA = PROVIDERS["openai"].at("http://10.0.0.5:80", "llamacpp")
AT_HOME = PROVIDERS["openai"].at("http://10.0.0.5:80")
LM, GPT = ("lmstudio", "why"), ("openai", "why")
MORE_IN_LM = (
    "in LM Studio (Context Length, when the model is loaded), or by [lmstudio] context_length in "
    "config.ini"
)


@pytest.mark.parametrize(
    ("fell_back", "why"),
    [
        ([], ""),
        ([FellBack("mock", "why", Cause.BUG)], ""),
        ([FellBack(*LM, Cause.UNREACHABLE)], " (LMStudio unavailable)"),
        ([FellBack(*LM, Cause.KNOWN_DOWN)], " (LMStudio unavailable)"),
        ([FellBack(*LM, Cause.NO_ANSWER)], " (LMStudio unavailable)"),
        ([FellBack(*GPT, Cause.REFUSED)], " (OpenAI unavailable)"),
        ([FellBack(*GPT, Cause.BUSY)], " (OpenAI is busy)"),
        ([FellBack(*GPT, Cause.DENIED)], " (OpenAI does not accept the bot's token)"),
        ([FellBack(*GPT, Cause.UNPAID)], " (OpenAI wants to be paid first)"),
        ([FellBack(*LM, Cause.MODEL_FAILED)], " (LMStudio could not run its model)"),
        ([FellBack(*LM, Cause.NOT_LOADED)], " (LMStudio has not loaded its model)"),
        ([FellBack(*LM, Cause.NO_MODEL)], " (LMStudio does not have the configured model)"),
        ([FellBack(*GPT, Cause.BUSY, server=LLAMA)], " (llama.cpp is busy)"),
        ([FellBack(*GPT, Cause.UNREACHABLE, server=AT_HOME)],
         " (the model server at 10.0.0.5:80 unavailable)"),
        ([FellBack(*GPT, Cause.KNOWN_DOWN, since=Cause.DENIED)],
         " (OpenAI does not accept the bot's token)"),
        ([FellBack(*GPT, Cause.KNOWN_DOWN, since=Cause.UNREACHABLE)], " (OpenAI unavailable)"),
        ([FellBack(*LM, Cause.QUESTION)], " (the model could not answer this one)"),
        ([FellBack(*LM, Cause.BUG)], " (the model could not answer this one)"),
        ([FellBack(*LM, Cause.TOO_LONG, 4096)],
         " (too long for the model's context of 4,096 tokens)\n"
         f"📏 Send less at once, or have the model's context raised {MORE_IN_LM}."),
        ([FellBack(*GPT, Cause.TOO_LONG)],
         " (too long for the model's context)\n📏 Send less at once, or have the model's context "
         "raised where its server is started (llama.cpp: --ctx-size, vLLM: --max-model-len)."),
        ([FellBack(*GPT, Cause.KNOWN_DOWN), FellBack(*LM, Cause.QUESTION)],
         " (the model could not answer this one)"),
        ([FellBack(*LM, Cause.NO_ANSWER), FellBack("mock", "why", Cause.BUG)],
         " (LMStudio unavailable)"),
    ],
)  # fmt: skip
def test_the_note_says_what_is_the_case(fell_back, why):
    """A person would restart LM Studio because their own message was too long."""
    assert rules_wrote(Kind.CHAT, fell_back) == f"⚠️ Note: Using rule-based answers{why}"


def test_every_cause_has_words():
    """A person would get no answer because nobody thought of the reason."""
    assert all(rules_wrote(Kind.CHAT, [FellBack(*LM, cause)]) for cause in Cause)


def a_person(may_change):
    return Person(1, "Ann", leads=lambda: False, may_change=lambda: may_change)


@pytest.mark.parametrize(
    ("may", "text"),
    [(True, ""), (False, ADMINISTRATORS_ONLY), (None, ADMINISTRATORS_UNKNOWN)],
)
def test_who_may_not_is_told_why(may, text):
    """A person would be refused without a word."""
    assert objection(a_person(may)) == text


def test_alone_everybody_may_and_needs_no_name():
    """A person alone with the bot would be refused."""
    assert objection(None) == ""
    assert done_by(None, "Done.") == "Done."
    assert done_by(a_person(True), "Done.") == "Ann: Done."
