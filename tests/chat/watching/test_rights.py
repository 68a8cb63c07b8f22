"""Who may end what was armed."""

import pytest

from engram.chat.texts import ADMINISTRATORS_ONLY, ADMINISTRATORS_UNKNOWN
from engram.chat.watching.rights import Ended
from engram.watch.texts import NO_ALERT, NOT_YOURS
from tests.chat.watching.conftest import ANN, BEN, CARL, GUEST, UNKNOWN

ENDS = [(ANN, ""), (BEN, NOT_YOURS), (CARL, ""), (UNKNOWN, ADMINISTRATORS_UNKNOWN), (None, "")]


@pytest.mark.parametrize(("by", "refused"), ENDS)
@pytest.mark.parametrize("what", ["/alert BTC > 100", "/watch BTC"])
def test_who_armed_it_and_who_leads(talk, what, by, refused):
    """Anybody in a group could take away the alerts of the others."""
    ((cross,),) = talk(what, by=ANN).buttons
    assert talk.assistant.objection("7", cross.command, by) == refused
    assert ("Disarmed" in talk(cross.command, by=by).text) is (not refused and "alert" in what)
    words = talk("/unwatch BTC", by=by).text
    if what.startswith("/watch"):
        assert (refused or "I watch nothing") in words


@pytest.mark.parametrize(("by", "refused"), ENDS)
def test_unwatch_asks_for_the_same_right(talk, by, refused):
    """What the button refuses could be done by the command."""
    talk("/watch BTC", by=ANN)
    assert (refused or "No longer watched") in talk("/unwatch BTC", by=by).text


def test_a_number_of_another_chat_is_refused(talk):
    """Somebody who forges a press would disarm the alerts of strangers."""
    talk("/alert BTC > 100")
    talk("/watch BTC")
    for command in ("/disarm 1", "/disarm w1", "/disarm 1 1", "/disarm"):
        assert talk.assistant.objection("8", command, None) == NO_ALERT
    assert talk.assistant.objection("7/4", "/disarm 1", None) == ""


@pytest.mark.parametrize("what", ["/alert BTC > 100", "/watch BTC", "/again 1", "/resume"])
def test_who_may_not_change_anything_arms_nothing(talk, what):
    """A group that leaves changes to administrators would be filled with alerts."""
    assert talk(what, by=GUEST).text == ADMINISTRATORS_ONLY
    assert "1 alert" not in talk("/alerts", by=GUEST).text


@pytest.mark.parametrize(
    ("words", "ended"),
    [
        ("3", Ended(3)),
        ("#3", Ended(3)),
        ("w3", Ended(3, is_watched=True)),
        (" 3  2 ", Ended(3, page=2)),
        ("3 told", Ended(3, is_told=True)),
        ("3 x", None),
        ("٣", None),
        ("", None),
    ],
)
def test_what_is_to_be_ended(words, ended):
    """A command would end something else."""
    assert Ended.read(words) == ended
