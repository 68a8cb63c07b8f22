"""/stop, /new and /status: what concerns a conversation and the bot."""

import pytest

from engram.chat import texts
from engram.chat.handlers.conversation import stop_for
from engram.core.events import Finished
from engram.core.person import Person
from engram.core.stop import Stop, Stops
from tests.conftest import make_assistant

CHAT, ANN, BEN = "-100", 51, 52


def person(number, leads):
    """Somebody in a group, whom Telegram calls a leader or not, or does not tell (None)."""
    return Person(number, "Ann", leads=lambda: leads, may_change=lambda: True)


@pytest.mark.parametrize(
    ("by", "said", "is_ended"),
    [
        (person(ANN, False), texts.STOPPING, True),
        (person(BEN, False), texts.NOT_YOURS_TO_STOP, False),
        (person(BEN, None), texts.ADMINISTRATORS_UNKNOWN, False),
        (person(BEN, True), texts.STOPPING, True),
        (None, texts.STOPPING, True),
    ],
    ids=["own", "somebody else's", "nobody knows", "a leader", "alone"],
)
def test_who_may_end_an_answer(by, said, is_ended):
    """Anybody in a group could end what others asked, or nobody what they asked themselves."""
    stops, stop = Stops(str), Stop()
    with stops.of(CHAT, ANN if by else 0, stop):
        assert stop_for(stops, CHAT, by) == said
        assert stop.is_requested is is_ended
    assert stop_for(stops, CHAT, by) == texts.NOTHING_TO_STOP


@pytest.mark.parametrize(
    ("command", "part"),
    [("/stop", texts.NOTHING_TO_STOP), ("/new", texts.FORGOTTEN), ("/status", "LMStudio")],
)
def test_each_is_answered(command, part):
    """Somebody would get the answer to another command, or the last resort."""
    (answer,) = [one for one in make_assistant().reply("7", command) if isinstance(one, Finished)]
    assert answer.source == "engram"
    assert part in answer.text
