"""/analyze below a picture or a file: the rules' panel, and a model that has both."""

import pytest

from engram.core.events import Finished, Panel
from tests.chat.sent.bench import CHAT, SentFiles, Sighted, Talk, png
from tests.doubles.exchange import ExchangeDouble


@pytest.fixture
def files():
    """A picture and a text."""
    return SentFiles(chart=png(), notes=b"Buy low.")


@pytest.fixture
def talk():
    """A conversation with a model that sees, beside an exchange."""
    with ExchangeDouble() as exchange:
        yield Talk(Sighted(), exchange=exchange)


@pytest.mark.parametrize(
    ("refs", "names", "asked"),
    [(["chart"], {}, "pictures"), ([], {"notes": "notes.txt"}, "enclosed")],
    ids=["picture", "file"],
)
def test_what_comes_with_an_analysis_is_for_that_one_alone(talk, files, refs, names, asked):
    """Somebody would be told what another's picture or file shows."""
    talk.say("/analyze BTC 4h", files.sent(*refs, **names))
    talk.say("/analyze BTC 4h", files.sent())
    assert [bool(getattr(one, asked)) for one in talk.model.questions] == [True, False]


def test_the_panel_waits_for_no_picture(talk, files):
    """What the rules say would come as late as a download that hangs."""
    files.hanging.add("chart")
    events = talk.assistant.reply(CHAT, "/analyze BTC 4h", sent=files.sent("chart"))
    assert next(event for event in events if isinstance(event, Panel))
    assert not talk.model.questions
    talk.assistant.stop(CHAT)
    assert [event.stopped for event in events if isinstance(event, Finished)] == [True]


def test_a_model_without_eyes_has_the_figures_all_the_same(files):
    """An analysis would fail because of the picture below which it was asked for."""
    with ExchangeDouble() as exchange:
        talk = Talk(Sighted(is_blind=True), exchange=exchange)
        answer = talk.say("/analyze BTC 4h", files.sent("chart"))
    assert "which you cannot see" in talk.asked.blind
    assert "👁 GLM cannot look at pictures." in answer.text
