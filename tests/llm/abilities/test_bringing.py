"""Pictures that have to be brought before a question about them is asked."""

import threading
from contextlib import closing

import pytest

from engram.core.errors import AttachmentError, StoppedError
from engram.core.events import Finished, Progress, Question, ServerThread, Stage, Turn
from engram.core.stop import Stop
from engram.core.waits import Waits
from engram.llm.abilities import bringing
from engram.llm.abilities.bringing import Bringer
from engram.llm.servers import CLIENTS
from tests.doubles.lmstudio import LMStudioDouble, model
from tests.machine_speed import LONG, within
from tests.pictures import an_image, away_picture

FORGOTTEN = "resp_of_another_time"


def finished(events):
    """The last of the events, which is an answer."""
    (*_, last) = events
    assert isinstance(last, Finished)
    return last


def brought(question, *pictures):
    """The events until they are there, and the question then."""
    events, steps = [], Bringer().with_pictures(question, pictures)
    while True:
        try:
            events.append(next(steps))
        except StopIteration as end:
            return events, end.value


def test_what_is_at_hand_is_not_waited_for():
    """Each question in a conversation about a picture would seem to open something."""
    question = Question("and now?")
    assert brought(question) == ([], question)


def test_each_picture_is_brought_once():
    """A picture that was shown twice would be downloaded twice."""
    loaded = []
    one = away_picture(lambda: loaded.append(1) or an_image())
    question = Question("and now?", pictures=(one,), history=(Turn("?", "!", (one,)),))
    events, asked = brought(question, one, one)
    assert events[0] == Progress(Stage.OPENING)
    shown = [*asked.pictures, *asked.history[0].pictures]
    assert [(picture.is_at_hand, picture.load()) for picture in shown] == [(True, an_image())] * 2
    assert loaded == [1]


@pytest.mark.parametrize("err", [AttachmentError("gone"), StoppedError("stopped"), None])
def test_a_picture_that_is_gone_is_not_asked_for_again(err):
    """A question would wait for ever for what nobody has."""

    def load():
        if err:
            raise err

    asked = brought(Question("", pictures=(away_picture(load),)), away_picture(load))[1]
    assert asked.pictures[0].is_at_hand
    assert asked.pictures[0].load() is None


def test_a_picture_that_does_not_come_is_given_up(monkeypatch):
    """A download that hangs would leave the question unanswered."""
    monkeypatch.setattr(bringing, "PATIENCE", 0.05)
    come = threading.Event()
    hanging = away_picture(lambda: come.wait(LONG) and None)
    try:
        assert brought(Question("", pictures=(hanging,)), hanging)[1].pictures[0].is_at_hand
    finally:
        come.set()


def test_whoever_stops_waits_no_longer():
    """A stopped answer would go on until its picture has come."""
    come, stop = threading.Event(), Stop()
    hanging = away_picture(lambda: come.wait(LONG) and None)
    steps = Bringer().with_pictures(Question("", pictures=(hanging,), stop=stop), [hanging])
    try:
        assert next(steps) == Progress(Stage.OPENING)
        assert isinstance(next(steps), Waits)
        stop.request()
        with pytest.raises(StoppedError):
            next(steps)
    finally:
        come.set()


@pytest.fixture
def client(double, server_name):
    """A client of each server in turn, which is asked one question at a time."""
    if isinstance(double, LMStudioDouble):
        double.models = [model("qwen/qwen3-vl-4b", loaded=True, vision=True)]
    options = {"timeout": LONG, "connect_timeout": LONG, "parallel": 1}
    return CLIENTS[server_name](double.url, **options)


@pytest.mark.parametrize("thread", ["", FORGOTTEN])
def test_while_a_picture_is_brought_others_are_answered(client, double, thread):
    """A few downloads that hang would keep everybody from the model."""
    come = threading.Event()
    away = away_picture(lambda: an_image() if within(LONG, come.wait) else None)
    # That LM Studio has forgotten a conversation turns out only when it is asked.
    kept = ServerThread(double.url, thread) if thread else None
    history = (Turn("[a picture]", "A chart.", (away,)),)
    events = client.respond(Question("Where does it break?", history=history, thread=kept))
    with closing(events):
        assert Progress(Stage.OPENING) in [next(events), next(events)]
        assert finished(client.respond(Question("hi"))).text
        come.set()
        assert finished(events).text
    assert [len(seen) for seen in double.pictures] in ([0, 1], [0, 0, 1])


def test_nothing_is_brought_for_a_model_that_cannot_look(lmstudio):
    """Each question to it would wait for a picture that it is not shown."""
    client = CLIENTS["lmstudio"](lmstudio.url, timeout=LONG, connect_timeout=LONG)
    loaded = []
    history = (Turn("[a picture]", "A chart.", (away_picture(lambda: loaded.append(1)),)),)
    assert finished(client.respond(Question("and now?", history=history))).text
    assert loaded == []
