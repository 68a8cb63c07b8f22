"""What is asked of a model: the words, the figures, and what came with them."""

import pytest

from engram.chat.sent.words import UNOPENED, UNREAD_ALONE
from engram.chat.texts import STOPPED
from engram.core.events import Panel, Progress, Stage
from engram.core.model import Model
from engram.core.person import Person
from tests.chat.sent.bench import SentFiles, Sighted, Talk, png
from tests.conftest import StubServers
from tests.doubles.exchange import ExchangeDouble

CHAT = "5"
ANN, BEN = (
    Person(number, name, leads=lambda: False, may_change=lambda: True)
    for number, name in ((51, "Ann"), (52, "Ben"))
)


@pytest.fixture
def files():
    """Two pictures, one broken one, and two files."""
    return SentFiles(
        chart=png(), other=png(200, 100), broken=b"nothing", notes=b"Buy low.", log=b"line\n" * 9
    )


@pytest.fixture
def talk():
    """A conversation with a model that sees."""
    return Talk(Sighted())


@pytest.mark.parametrize(
    ("text", "prompt"),
    [("what do you think of this?", "what do you think of this?"), ("", "What does this show?")],
)
def test_a_picture_is_shown_to_the_model(talk, files, text, prompt):
    """A chart could be described in words only."""
    answer = talk.say(text, files.sent("chart"))
    assert talk.model.seen == [1]
    assert talk.asked.prompt.startswith(prompt)
    assert bool(talk.asked.blind) is bool(text)
    assert answer.text.startswith("I see")


@pytest.mark.parametrize("text", ["what is it?", "/analyze BTC 4h"])
def test_whoever_stops_a_download_is_told_that_it_stopped(files, text):
    """It would seem to be an error, and the model be asked without the picture."""
    files.hanging.add("chart")
    with ExchangeDouble() as exchange:
        talk, events = Talk(Sighted(), exchange=exchange), []
        for event in talk.assistant.reply(CHAT, text, sent=files.sent("chart")):
            events.append(event)
            if event == Progress(Stage.OPENING):
                talk.assistant.stop(CHAT)
    assert (events[-1].text, events[-1].stopped) == (STOPPED, True)
    assert talk.model.questions == []
    # The rules need no picture, so that nobody waits for one to see what they say.
    panels = [number for number, event in enumerate(events) if isinstance(event, Panel)]
    assert bool(panels) is text.startswith("/analyze")
    assert all(number < events.index(Progress(Stage.OPENING)) for number in panels)


def test_a_follow_up_is_about_the_same_picture(talk, files):
    """A second question could not be asked about it."""
    talk.say("what is it?", files.sent("chart"))
    talk.say("and the trend?", files.sent())
    assert talk.model.seen == [1, 1]
    assert talk.asked.pictures == ()
    assert talk.asked.history[0].question == "[a picture] what is it?"
    talk.say("and this one?", files.sent("other"))
    assert talk.model.seen == [1, 1, 1]
    assert all(not turn.pictures for turn in talk.asked.history)


def test_a_picture_that_no_model_has_seen_waits_for_the_next_question(files):
    """Who chooses another model would have to send the picture again."""
    talk = Talk(Sighted(is_blind=True), servers=StubServers(Model("a/seeing", vision=True)))
    answer = talk.say("", files.sent("chart"))
    assert answer.buttons[0][0].command == "/look a/seeing"
    talk.model.is_blind = False
    talk.say("what is it?", files.sent())
    assert [one.ref for one in talk.asked.pictures] == ["chart"]
    talk.say("thanks", files.sent())
    assert talk.asked.pictures == ()
    assert talk.asked.history[-1].pictures


def test_a_picture_that_nobody_can_see_waits_for_one_question_only(files):
    """Each answer of a model without eyes would end with the sentence that it cannot look."""
    talk = Talk(Sighted(is_blind=True))
    answers = [talk.say("look", files.sent("chart"))]
    answers += [talk.say(text, files.sent()) for text in ("and now?", "thanks", "what is a put?")]
    assert ["cannot look" in one.text for one in answers] == [True, True, False, False]
    assert [turn.question for turn in talk.asked.history[-2:]] == ["and now?", "thanks"]
    # It is still part of the conversation, for a model that can.
    assert talk.asked.history[0].pictures


@pytest.mark.parametrize(("who", "count"), [(ANN, 1), (BEN, 0)])
def test_in_a_group_it_is_the_picture_of_who_has_sent_it(files, who, count):
    """Somebody's question would be about a picture that another has shown."""
    talk = Talk(Sighted(is_blind=True))
    talk.say("look", files.sent("chart"), by=ANN)
    talk.say("what is it?", files.sent(), by=who)
    assert len(talk.asked.pictures) == count


def test_numbers_read_off_a_picture_are_no_inventions(files):
    """Each number of a chart would be called invented."""
    talk = Talk(Sighted("The price of BTC is 61,234 there, and support lies at 58,900."))
    assert (
        "👁 Read off the picture, not checked: 61,234, 58,900"
        in talk.say("what do you see on this BTC chart?", files.sent("chart")).text
    )
    assert "⚠️ Not in the data: 61,234" in Talk(Sighted(talk.model.text)).say("BTC?").text


def test_a_market_in_the_caption_brings_its_figures(files):
    """A model would have to read off a picture what is known exactly."""
    with ExchangeDouble() as exchange:
        talk = Talk(Sighted(), exchange=exchange)
        answer = talk.say("is BTC 4h bullish?", files.sent("chart"))
        assert answer.text.startswith("📊 BTC/USDT (4h, Binance)")
        assert "By the rules" in talk.asked.prompt
        assert len(talk.asked.pictures) == 1


def test_an_analysis_with_a_file_is_shared_with_nobody(files):
    """Somebody would be told what is in another's file, or his own not be read."""
    with ExchangeDouble() as exchange:
        talk = Talk(Sighted(), exchange=exchange)
        for sent in (files.sent(notes="notes.txt"), files.sent(), files.sent(log="bot.log")):
            talk.say("/analyze BTC 4h", sent)
        asked = [one.enclosed[-4:] for one in talk.model.questions]
        assert asked == ["low.", "", "line"]


def test_a_file_becomes_part_of_the_question(talk, files):
    """What is in a file could not be asked about."""
    talk.say("what does it say?", files.sent(notes="notes.txt"))
    assert "notes.txt" in talk.asked.enclosed
    assert talk.asked.asked.startswith("what does it say?")
    assert talk.asked.asked.endswith("Buy low.")
    talk.say("and?", files.sent())
    assert talk.asked.history[0].question.endswith("Buy low.")


def test_a_file_without_a_word(talk, files):
    """It would not be known what the person wants."""
    talk.say("", files.sent(log="bot.log"))
    assert talk.asked.prompt.startswith("What does this file say?")


@pytest.mark.parametrize("text", ["", "and what of BTC?"])
def test_what_cannot_be_opened(talk, files, text):
    """Somebody would wait for an answer about a picture that nobody has seen."""
    answer = talk.say(text, files.sent("broken"))
    assert "📎 " in answer.text
    assert "picture" in answer.text
    assert len(talk.model.questions) == bool(text)
    talk.say("why not?")
    assert talk.asked.history[0].question == (text or UNREAD_ALONE)
    # A model that knows of no picture would say what may be on it, or that there is none.
    assert all(UNOPENED in one.prompt for one in talk.model.questions[:-1])


def test_a_picture_with_nobody_to_look(files):
    """The person would believe that somebody has looked at it."""
    talk = Talk(Sighted())
    talk.model.available = False
    answer = talk.say("hello", files.sent("chart"))
    assert "👁 Nobody has looked at the picture" in answer.text
