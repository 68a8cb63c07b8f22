"""What is said below an answer about what came with its question."""

from dataclasses import replace

import pytest

from engram.chat.attachments.opening import Document
from engram.chat.sent import words
from engram.chat.sent.gathering import Brought
from engram.chat.sent.notes import noted
from engram.chat.sent.words import NOBODY_LOOKED
from engram.core.attachments import Picture
from engram.core.errors import Cause
from engram.core.events import Button, FellBack, Finished, Question, TextDelta
from engram.core.model import Model
from tests.conftest import StubServers

SHOWN = (Picture("p", 10, 10),)
SEEING = Model("qwen/qwen2.5-vl-7b", vision=True)
BY_MODEL = Finished("An answer.", "lmstudio", "GLM")
BY_RULES = Finished("By the rules.", "mock")
BLIND = FellBack("lmstudio", "it cannot", Cause.BLIND)
DOWN = FellBack("lmstudio", "unreachable", Cause.UNREACHABLE)


HI, NOTHING = Question("hi"), Brought()


def last(*events, asked=HI, brought=NOTHING, servers=None):
    """The last event once it is noted what there is to say."""
    found = list(noted((one for one in events), asked, brought, servers or StubServers(SEEING)))
    assert len(found) == len(events)
    return found[-1]


@pytest.mark.parametrize(
    "answer", [BY_MODEL, Finished("⏹", "engram", stopped=True), TextDelta("An")]
)
def test_what_needs_no_note(answer):
    """Every answer would speak of pictures."""
    assert last(answer, asked=Question("hi", pictures=SHOWN)) == answer


def test_a_model_without_eyes():
    """Somebody would believe that a model has looked at the chart."""
    blind = Finished("An answer.", "lmstudio", "GLM", blind=True)
    answer = last(blind, asked=Question("hi", pictures=SHOWN, blind="hi"))
    assert answer.text.startswith(
        "An answer.\n\n👁 GLM cannot look at pictures. qwen2.5-vl-7b could"
    )
    assert answer.buttons == ((Button("👁 qwen2.5-vl-7b", "/look qwen/qwen2.5-vl-7b"),),)


def test_a_picture_without_a_word():
    """The rules would answer a question that nobody has asked."""
    answer = last(BLIND, BY_RULES, asked=Question("", pictures=SHOWN))
    assert answer.text.startswith("👁 GLM-4.7-flash cannot look at pictures.")
    chosen = last(BLIND, BY_RULES, asked=Question("", model="a/b", pictures=SHOWN))
    assert chosen.text.startswith("👁 b cannot look at pictures.")


def test_a_caption_that_the_rules_answer():
    """Nobody would know that the picture was not looked at."""
    answer = last(DOWN, BY_RULES, asked=Question("buy?", pictures=SHOWN, blind="buy?"))
    assert answer.text == (
        "By the rules.\n\n👁 Nobody has looked at the picture: that needs a language model, and "
        "none answers."
    )
    assert not answer.buttons


def test_that_nobody_has_looked_is_said_once():
    """A picture without a word would be answered with the same sentence twice."""
    said = Finished(NOBODY_LOOKED, "mock")
    assert last(DOWN, said, asked=Question("", pictures=SHOWN)) == said


def test_nobody_who_could_look():
    """A button would choose nothing."""
    answer = last(
        BLIND, BY_RULES, asked=Question("buy?", pictures=SHOWN, blind="b"), servers=StubServers()
    )
    assert "it takes one with vision" in answer.text
    assert not answer.buttons


def test_what_was_left_out_of_files():
    """A person would take half of a file for the whole."""
    brought = Brought((), (Document("a.txt", 5, "text", "Half."),), ("📎 No picture.",))
    cut = Finished("An answer.", "lmstudio", "GLM", unread=1200)
    answer = last(cut, asked=Question("hi", enclosed="x" * 5000), brought=brought)
    assert answer.text == (
        "An answer.\n\n📎 No picture.\n📎 Half.\n✂️ What you sent is longer than the model can "
        "read at once: the last 1,200 of 5,000 characters were left out."
    )


@pytest.mark.parametrize(
    ("answer", "note"),
    [
        (
            Finished("An answer.", "lmstudio", "GLM", blind=True, unloaded=SEEING),
            "👁 GLM cannot look at pictures.",
        ),
        (BY_RULES, words.NOBODY_LOOKED),
    ],
    ids=["of another model", "of the rules"],
)
def test_a_model_that_could_look_once_it_is_loaded(answer, note):
    """The model that is chosen already would be offered to be chosen."""
    not_loaded = FellBack("lmstudio", "no models loaded", Cause.NOT_LOADED, unloaded=SEEING)
    events = [answer] if answer.unloaded else [not_loaded, answer]
    noticed = last(*events, asked=Question("buy?", pictures=SHOWN, blind="b"))
    assert noticed == replace(answer, text=f"{answer.text}\n\n{note}")
