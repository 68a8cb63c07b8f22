"""Pictures on their way to all model servers, whose doubles look at each of them."""

import pytest

from engram.chat.chain import FAILURES, FallbackChain
from engram.chat.rules import RuleBasedFallback
from engram.core.errors import BlindError, Cause, QuestionError
from engram.core.events import FellBack, Finished, Progress, Question, ServerThread, Turn
from engram.llm.servers import CLIENTS
from tests.doubles.lmstudio import Answer, ErrorEvent, LMStudioDouble, Status, model
from tests.doubles.pictures import Seen
from tests.machine_speed import LONG
from tests.pictures import a_picture

CHART, NEXT = a_picture(64, 48), a_picture(1568, 882, "JPEG")
ASKED = Question("what is this?", prompt="Look.", blind="Only words.", pictures=(CHART,))
WORDLESS = Question("", prompt="What is on it?", pictures=(CHART,))
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


def refuse(how):
    """Refuse whatever has a picture in it, in this way."""

    def play(exchange):
        (how if "base64" in str(exchange.body) else Answer()).play(exchange)

    return play


def requests_of(double):
    return [("base64" in str(chat.body), "Only words." in str(chat.body)) for chat in double.chats]


@pytest.mark.parametrize("engine", ["", "llamacpp", "litellm"])
def test_a_model_that_cannot_look_answers_the_words(client, double, engine):
    """Whoever shows a picture to such a model would be told that the server has failed."""
    double.sees, double.engine = False, engine
    first, second = answer(client, ASKED), answer(client, ASKED)
    assert first.blind
    assert second.blind
    # It was asked in vain once, where the list does not tell, and never again.
    *vain, one, another = requests_of(double)
    assert (one, another) == ((False, True), (False, True))
    assert vain in ([(True, False)], [])
    assert double.pictures == [(), ()]
    assert client.available
    assert client.outcomes.trouble == ""


def test_a_model_that_is_listed_as_blind_is_sent_no_picture(lmstudio):
    """LM Studio would refuse what it has said that it does not take."""
    client = CLIENTS["lmstudio"](lmstudio.url, timeout=LONG, connect_timeout=LONG)
    assert answer(client, ASKED).blind
    history = (Turn("[a picture]", "A chart.", (CHART,)),)
    assert not answer(client, Question("and now?", history=history)).blind
    assert len(lmstudio.chats) == 2
    assert lmstudio.pictures == [(), ()]


def test_where_nothing_is_left_to_ask_the_next_one_is_asked(client, double):
    """A blind model would say what is on a picture, or be called broken after three of them."""
    double.sees = False
    chain = FallbackChain([client, RuleBasedFallback()])
    for _ in range(FAILURES + 1):
        (first, *_, last) = chain.respond(WORDLESS)
        assert isinstance(first, FellBack)
        assert first.cause is Cause.BLIND
        assert last.source == "rules"
    assert client.available
    assert client.outcomes.trouble == ""
    assert len(double.chats) <= 1


def test_a_refusal_that_says_nothing_is_looked_into(client, double):
    """A server that does not say why it refuses would answer no question with a picture."""
    double.behave(refuse(Status(400)))
    assert answer(client, ASKED).blind
    assert requests_of(double) == [(True, False), (False, True)]


def test_it_is_looked_into_also_where_nothing_is_left_to_ask(client, double):
    """Whoever sends a picture alone would not be told that the model cannot look."""
    double.behave(refuse(Status(400)))
    with pytest.raises(BlindError):
        list(client.respond(WORDLESS))
    (picture, word) = double.chats
    assert "base64" in str(picture.body)
    assert "Say yes." in str(word.body)


@pytest.mark.parametrize("question", [ASKED, WORDLESS])
def test_a_server_that_refuses_everything_is_not_blind(client, double, question):
    """A person would be sent to another model, which cannot answer either."""
    double.behave(Status(400, {"error": {"message": "no"}}))
    with pytest.raises(QuestionError, match="it answers 400: no") as caught:
        list(client.respond(question))
    assert not isinstance(caught.value, BlindError)
    double.behave(Answer())
    assert not answer(client, question).blind


def test_a_refusal_may_come_in_the_stream(client, double):
    """LM Studio has begun to answer before the model is asked."""
    message = "Model does not support images. Please use a model that does."
    double.behave(refuse(ErrorEvent("internal_error", message)))
    *before, last = client.respond(ASKED)
    assert last.blind
    assert not [one for one in before if isinstance(one, Progress) and one.attempt]


def test_a_chosen_model_that_cannot_look_answers_itself(lmstudio):
    """The configured model would answer whoever chose another."""
    lmstudio.models = [model("a/sees", loaded=True, vision=True), model("b/blind")]
    client = CLIENTS["lmstudio"](lmstudio.url, timeout=LONG, connect_timeout=LONG)
    chosen = Question("what?", blind="what?", pictures=(CHART,), model="b/blind")
    found = answer(client, chosen)
    assert (found.key, found.blind) == ("b/blind", True)


def test_the_configured_model_may_see_what_the_chosen_one_cannot(lmstudio):
    """When the chosen model cannot be loaded, the configured one would not be shown the picture."""
    lmstudio.models = [model("a/sees", loaded=True, vision=True), model("b/blind")]
    client = CLIENTS["lmstudio"](lmstudio.url, timeout=LONG, connect_timeout=LONG)
    refusal = Status(400, {"error": {"message": "Failed to load model"}})
    lmstudio.behave(refusal, Answer())
    found = answer(client, Question("what?", blind="what?", pictures=(CHART,), model="b/blind"))
    assert (found.key, found.blind) == ("a/sees", False)
    assert lmstudio.pictures == [(), (SEEN,)]
