"""Pictures on their way to all model servers, whose doubles look at each of them."""

import pytest

from engram.core.events import Finished, Question, ServerThread, Turn
from engram.llm.servers import CLIENTS
from tests.doubles.lmstudio import LMStudioDouble, model
from tests.doubles.pictures import Seen
from tests.machine_speed import LONG
from tests.pictures import a_picture

CHART, NEXT = a_picture(64, 48), a_picture(1568, 882, "JPEG")
SEEN, NEXT_SEEN = Seen("image/png", 64, 48), Seen("image/jpeg", 1568, 882)


@pytest.fixture
def client(double, server_name):
    """A client of each server in turn, whose model can see."""
    if isinstance(double, LMStudioDouble):
        double.models = [model("qwen/qwen3-vl-4b", loaded=True, vision=True)]
    return CLIENTS[server_name](double.url, timeout=LONG, connect_timeout=LONG, max_retries=1)


def answer(client, question):
    (*_, last) = client.respond(question)
    assert isinstance(last, Finished)
    return last


def test_a_model_is_shown_the_pictures_of_a_question(client, double):
    """It would answer without having looked."""
    answer(client, Question("What is this?", pictures=(CHART, NEXT)))
    assert double.pictures == [(SEEN, NEXT_SEEN)]
    assert "What is this?" in str(double.chats[0].body)


def test_a_model_is_shown_again_what_the_conversation_is_about(client, double):
    """A question about the picture before would be answered from memory of words."""
    history = (Turn("[a picture] And this?", "A triangle.", (CHART,)), Turn("Really?", "Yes."))
    answer(client, Question("Where does it break?", history=history))
    answer(client, Question("And here?", history=history, pictures=(NEXT,)))
    assert double.pictures == [(SEEN,), (SEEN, NEXT_SEEN)]


def test_a_picture_that_is_gone_is_told_of(client, double):
    """The model would make up what is on it."""
    answer(client, Question("What is this?", pictures=(a_picture(there=False),)))
    assert double.pictures == [()]
    assert "not to be had any more" in str(double.chats[0].body)


def test_lm_studio_remembers_the_pictures_of_its_thread(lmstudio):
    """Each further question would have the server read them anew."""
    lmstudio.models = [model("qwen/qwen3-vl-4b", loaded=True, vision=True)]
    client = CLIENTS["lmstudio"](lmstudio.url, timeout=LONG, connect_timeout=LONG)
    first = answer(client, Question("What is this?", pictures=(CHART,)))
    history = (Turn("What is this?", first.text, (CHART,)),)
    answer(client, Question("Where?", history=history, thread=first.thread))
    elsewhere = ServerThread(lmstudio.url, first.thread.id, unseen=1)
    answer(client, Question("Where?", history=history, thread=elsewhere))
    lmstudio.forget()
    answer(client, Question("Where?", history=history, thread=first.thread))
    # The last one was asked twice: at first where the server had forgotten it.
    assert lmstudio.pictures == [(SEEN,), (), (SEEN,), (SEEN,)]
