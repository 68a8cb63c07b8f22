"""Who may speak to the bot."""

import pytest

from engram.storage.store import Store
from engram.telegram import access as access_module
from engram.telegram.access import (
    CODES,
    DAY,
    FIRST_WAIT,
    GUESSERS,
    HOUR,
    LONGEST_WAIT,
    WRONG_CODES,
    Access,
    Offer,
    offered_code,
)


def make(allowed=(), store=None, **options):
    return Access(allowed, allowed, store or Store(None), **options)


def test_only_allowed_chats_may_speak():
    """Strangers would use somebody else's computer."""
    access = make([5, -7])
    assert [access.allows(chat) for chat in (5, -7, 6)] == [True, True, False]
    assert access.pairing_code == ""
    assert access.pair(6, "") is Offer.NONE


def test_the_first_chat_with_the_code_becomes_the_owner_and_no_other():
    """Anyone who reads the code later would own the bot as well."""
    access = make()
    code = access.pairing_code
    assert len(code) >= 16
    assert access.pair(5, code) is Offer.RIGHT
    assert access.allows(5)
    assert access.pair(6, code) is Offer.NONE
    assert not access.allows(6)


def test_codes_differ():
    """The code of one bot would work for another."""
    assert make().pairing_code != make().pairing_code


@pytest.mark.parametrize("wrong", ["x", "é", "0" * 16, "4ab10c76", "\0" * 9000])
def test_wrong_codes_make_only_the_chat_that_sends_them_wait(wrong):
    """A stranger could try codes until one fits, or shut the owner out of the bot."""
    now = [0.0]
    access = make(timer=lambda: now[0])
    guesses = [access.pair(6, wrong) for _ in range(WRONG_CODES + 2)]
    assert guesses == [Offer.WRONG] * WRONG_CODES + [Offer.TOO_SOON, Offer.IGNORED]
    assert access.pair(6, access.pairing_code) is Offer.IGNORED
    assert "in a minute" in access.why_not(6, Offer.TOO_SOON)
    now[0] = FIRST_WAIT
    assert [access.pair(6, wrong) for _ in range(2)] == [Offer.WRONG, Offer.TOO_SOON]
    assert "in 2 minutes" in access.why_not(6, Offer.TOO_SOON)
    assert access.pair(5, access.pairing_code) is Offer.RIGHT


def test_who_is_patient_comes_in_after_wrong_codes():
    """The owner would have to restart the bot after typing the code wrong."""
    now = [0.0]
    access = make(timer=lambda: now[0])
    looked_at = 0
    for _ in range(2000):
        looked_at += access.pair(6, "0" * 16) is Offer.WRONG
        now[0] += FIRST_WAIT
    # Five at once, five more within the first hour, then one an hour.
    assert looked_at <= 11 + 2000 * FIRST_WAIT / LONGEST_WAIT
    now[0] += LONGEST_WAIT
    assert access.pair(6, access.pairing_code) is Offer.RIGHT


def test_codes_of_any_number_of_chats_are_looked_at_at_a_bounded_pace():
    """A code could be found by thousands of chats together, and they would fill the memory."""
    now = [0.0]
    access = make(timer=lambda: now[0])
    offers = [access.pair(chat, "0" * 16) for chat in range(CODES + 3)]
    assert offers == [Offer.WRONG] * CODES + [Offer.TOO_SOON] * 3
    assert len(access._guessers._values) == GUESSERS
    now[0] = 1.0
    assert access.pair(5, access.pairing_code) is Offer.RIGHT


def test_a_start_without_a_code_costs_no_attempt():
    """Five friends who press "start" would end the pairing."""
    access = make()
    for _ in range(10):
        assert access.pair(6, "") is Offer.NONE
    assert access.pair(5, access.pairing_code) is Offer.RIGHT


def test_a_stranger_is_told_once_a_day(monkeypatch):
    """A flood of strangers would turn the bot into a spammer, or fill its memory."""
    now = [0.0]
    access = make([5], clock=lambda: now[0])
    assert [access.may_be_told(6), access.may_be_told(6)] == [True, False]
    now[0] += DAY
    assert access.may_be_told(6)
    monkeypatch.setattr(access_module, "STRANGERS", 3)
    for chat in range(100, 110):
        access.may_be_told(chat)
    assert len(access._told) == 3


def test_who_comes_before_the_owner_is_told_again_after_an_hour(monkeypatch):
    """The owner-to-be would write for a day to a bot that seems dead."""
    now = [0.0]
    access = make(clock=lambda: now[0])
    assert [access.may_be_told(6), access.may_be_told(6)] == [True, False]
    now[0] += HOUR
    assert access.may_be_told(6)


@pytest.mark.parametrize(
    ("text", "code"),
    [
        ("/start 4ab10c76", "4ab10c76"),
        ("/START@Engram_Bot  4ab10c76 ", "4ab10c76"),
        ("/start wrong", "wrong"),
        ("/start\n4ab10c76", "4ab10c76"),
        ("/start", ""),
        ("4ab10c76", "4ab10c76"),
        (" 4AB10C76\n", "4AB10C76"),
        ("code 4ab10c76", "4ab10c76"),
        ("https://t.me/engram_bot?start=4ab10c76", "4ab10c76"),
        ("t.me/engram_bot?start=4ab10c76", "4ab10c76"),
        ("hello", ""),
        ("12345", ""),
        ("4ab10c764ab10c76", "4ab10c764ab10c76"),
        ("4ab10c764ab10c76f", ""),
        ("", ""),
        ("/started 4ab10c76 is it", ""),
    ],
)
def test_what_offers_a_code(text, code):
    """The code would be taken for a question, or a greeting for a wrong code."""
    assert offered_code(text) == code


def test_a_code_is_taken_as_phones_write_it():
    """A phone begins every message with a capital."""
    access = make()
    assert access.pair(5, access.pairing_code.upper()) is Offer.RIGHT


def test_the_owner_is_known_after_a_restart():
    """The owner would have to pair again after each start."""
    store = Store(None)
    first = make(store=store)
    assert first.pair(5, first.pairing_code) is Offer.RIGHT
    store.write_all(*first.unsaved())
    assert first.unsaved() == []
    again = make(store=store)
    assert again.allows(5)
    assert (again.owners, again.pairing_code) == ([5], "")
    assert not make([6], store).allows(5)
    assert Access([6], [], store).owners == [5]


def test_who_may_speak_can_change():
    """Somebody who was let in or taken out would be so after the next restart only."""
    access = make([5])
    access.configure([5, 6], [5])
    assert [access.allows(chat) for chat in (5, 6)] == [True, True]
    access.configure([6], [])
    assert ([access.allows(chat) for chat in (5, 6)], access.owners) == ([False, True], [])
    access.configure([], [])
    assert access.is_shut
    assert access.pairing_code == "", "nobody would know that there is one"
    assert "private" in access.why_not(5, Offer.NONE)


def test_pairing_and_edits_leave_each_other_alone():
    """An edit of something else would end the pairing, or take the bot from its owner."""
    access = make()
    code = access.pairing_code
    access.configure([], [])
    assert access.pair(5, code) is Offer.RIGHT
    access.configure([6], [])
    assert ([access.allows(chat) for chat in (5, 6)], access.owners) == ([True, True], [5])
    access.configure([7], [7])
    assert ([access.allows(chat) for chat in (5, 7)], access.owners) == ([False, True], [7])
    other = make()
    code = other.pairing_code
    other.configure([6], [])
    assert other.pair(5, code) is Offer.NONE


def test_a_stranger_is_told_once_a_day_whatever_restarts():
    """A bot that restarts often would tell the same strangers each time."""
    store = Store(None)
    assert make([5], store, clock=lambda: 1e9).may_be_told(6)
    assert not make([5], store, clock=lambda: 1e9 + 60).may_be_told(6)


def test_a_time_that_cannot_be_read_counts_as_long_ago():
    """One damaged line of the store would end every message of that stranger in an error."""
    store = Store(None)
    store.put("told/6", "yesterday")
    assert make([5], store).may_be_told(6)


def test_a_group_that_got_another_id_keeps_its_permission():
    """An upgraded group would be shut out, and its owner not know why after losing the database."""
    store = Store(None)
    access = make([5, -7], store)
    assert access.take_moves() == []
    store.moves.move(-7, -1007)
    assert access.allows(-1007)
    assert not access.allows(-1008)
    assert access.owners == [5, -1007]
    assert access.take_moves() == [(-7, -1007)]
    assert access.take_moves() == []
    again = make([5, -7], store)
    assert again.allows(-1007)
    assert again.take_moves() == [(-7, -1007)]
    assert make([5, -1007], store).take_moves() == []


def test_a_clock_that_was_ahead_silences_nobody():
    """The owner-to-be would write for forty days to a bot that seems dead."""
    now = [40 * DAY]
    access = make(clock=lambda: now[0])
    assert access.may_be_told(6)
    now[0] = 0.0
    assert [access.may_be_told(6), access.may_be_told(6)] == [True, False]
