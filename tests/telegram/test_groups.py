"""Who is who in a group."""

import pytest

from engram.storage.store import Store
from engram.telegram import groups as groups_module
from engram.telegram.access import Access
from engram.telegram.groups import AGAIN, KEPT, Groups
from engram.telegram.incoming import Incoming
from engram.telegram.sending.bot_api import BotApi
from engram.telegram.sending.egress import Egress
from tests.doubles.telegram import TOKEN

OWNER, GROUP, NEW, ANN, BEN = 5, -100, -100200300, 51, 52


@pytest.fixture
def make(telegram):
    telegram.appoint(GROUP, ANN)
    store = Store(None)
    egress = Egress(BotApi(TOKEN, telegram.url), store)
    return lambda commands="all": Groups(egress, Access([OWNER, GROUP], [OWNER], store), commands)


def person(groups, sender, chat=GROUP):
    return groups.person(Incoming(1, chat, 7, "/new", is_group=chat < 0, sender=sender, name="x"))


def asked(telegram):
    return len([call for call in telegram.calls if call.method == "getChatAdministrators"])


def test_in_a_private_chat_there_is_nobody_else(make):
    """A person alone with the bot would need somebody's leave."""
    assert person(make("admins"), OWNER, chat=OWNER) is None


@pytest.mark.parametrize(
    ("sender", "leads"), [(ANN, True), (BEN, False), (OWNER, True), (GROUP, True)]
)
def test_administrators_the_owner_and_the_group_itself_lead(make, sender, leads):
    """An administrator would be refused, or anybody be obeyed."""
    assert person(make(), sender).leads() is leads
    assert person(make("admins"), sender).may_change() is leads
    assert person(make("all"), sender).may_change() is True


@pytest.mark.parametrize(
    ("sender", "chat", "owns"),
    [
        (OWNER, OWNER, True),
        (OWNER, GROUP, True),
        (ANN, GROUP, False),
        (GROUP, GROUP, False),
        (ANN, ANN, False),
        # Who is asked for a press is who presses; a channel that speaks to the bot is nobody.
        (0, GROUP, False),
    ],
)
def test_the_owner_is_known_everywhere(make, sender, chat, owns):
    """The owner could load no model in a group, or an administrator could."""
    incoming = Incoming(1, chat, 7, "/models", is_group=chat < 0, sender=sender)
    assert make("admins").owns(incoming) is owns


def test_administrators_are_asked_for_every_five_minutes(make, telegram, clock):
    """Each press would cost a request, or a new administrator wait for a restart."""
    groups = make()
    assert not person(groups, BEN).leads()
    telegram.appoint(GROUP, BEN)
    clock.now += KEPT - 1
    assert not person(groups, BEN).leads()
    assert asked(telegram) == 1
    clock.now += 1
    assert person(groups, BEN).leads()


def test_who_was_known_stays_so_during_an_outage(make, telegram, clock):
    """Administrators would lose their rights whenever Telegram hiccups."""
    groups = make()
    assert person(groups, ANN).leads()
    clock.now += KEPT
    telegram.fail("getChatAdministrators", 500, times=9)
    assert person(groups, ANN).leads()
    assert not person(groups, BEN).leads()
    assert asked(telegram) == 2
    clock.now += AGAIN
    assert person(groups, ANN).leads()
    assert asked(telegram) == 3


@pytest.mark.parametrize("answer", [None, [{}], [{"user": None}], 7])
def test_an_odd_answer_names_nobody(make, telegram, monkeypatch, answer):
    """One odd answer would be an error in place of a refusal."""
    monkeypatch.setattr(groups_module.apihelper, "get_chat_administrators", lambda *_: answer)
    assert person(make(), ANN).leads() is None


def test_a_group_that_moved_is_asked_under_its_new_id(make, telegram):
    """After an upgrade nobody would be an administrator."""
    groups = make()
    telegram.upgrade(GROUP, NEW, tells=False)
    telegram.appoint(NEW, ANN)
    assert person(groups, ANN).leads() is None
    assert person(groups, ANN).leads()
    assert person(groups, NEW).leads()
