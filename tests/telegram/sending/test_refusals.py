"""What it means when Telegram does not accept something."""

import itertools

import pytest
from telebot import apihelper

from engram.telegram.sending.refusals import (
    MOST_PATIENT,
    REFUSED_FOR,
    Tries,
    UndeliverableError,
    retry_after,
)


def refusal(code, description, **more):
    """The exception that telebot makes of an answer."""
    answer = {"ok": False, "error_code": code, "description": description, **more}
    return apihelper.ApiTelegramException("sendMessage", None, answer)


@pytest.mark.parametrize(
    ("description", "message_gone", "chat_gone"),
    [
        ("Bad Request: message to edit not found", True, False),
        ("Bad Request: message can't be edited", False, False),
        ("Bad Request: chat not found", False, True),
        ("Bad Request: can't parse entities", False, False),
    ],
)
def test_a_refusal_says_what_is_gone(description, message_gone, chat_gone):
    """A deleted message would cost the answer, or a chat that is gone be tried forever."""
    err = UndeliverableError(400, description)
    assert (err.message_gone, err.chat_gone) == (message_gone, chat_gone)
    assert UndeliverableError(403, "Forbidden").chat_gone


def test_only_what_is_on_screen_already_is_no_refusal():
    """A repeated edit would count as a failure, or a failure as a success."""
    unchanged = "Bad Request: message is not modified: ..."
    assert UndeliverableError(400, unchanged).is_on_screen
    for code, description in ((403, unchanged), (400, "chat not found")):
        assert not UndeliverableError(code, description).is_on_screen


@pytest.mark.parametrize(
    ("more", "seconds"),
    [
        ({"parameters": {"retry_after": 7}}, 7.0),
        ({"parameters": {"retry_after": "soon"}}, 0.0),
        ({"parameters": {"retry_after": -5}}, 0.0),
        ({"parameters": {"retry_after": float("nan")}}, 0.0),
        ({"parameters": {"retry_after": float("inf")}}, 86_400.0),
        ({"parameters": {"retry_after": 10**400}}, 86_400.0),
        ({"parameters": [7]}, 0.0),
        ({}, 0.0),
    ],
)
def test_how_long_to_wait_is_read_with_care(more, seconds):
    """An odd answer from a proxy would end the loop that sends."""
    assert retry_after(refusal(429, "Too Many Requests", **more)) == seconds
    assert retry_after(ConnectionError()) == 0.0


@pytest.mark.parametrize(
    ("code", "description", "gone"),
    [
        (400, "Bad Request: message thread not found", True),
        (400, "Bad Request: TOPIC_CLOSED", True),
        (400, "Bad Request: TOPIC_DELETED", True),
        (400, "Bad Request: message to edit not found", False),
        (403, "Forbidden: TOPIC_CLOSED", False),
    ],
)
def test_a_topic_that_takes_no_messages_is_known(code, description, gone):
    """An answer to a topic that was deleted would count as refused."""
    assert UndeliverableError(code, description).topic_gone is gone


def first(count, step):
    """What `step` says the first `count` times."""
    return [step() for _ in range(count)]


def until_none(step):
    """What `step` says until it says None."""
    return list(itertools.takewhile(lambda wait: wait is not None, iter(step, object())))


def test_what_was_not_taken_is_tried_for_as_long_as_it_takes():
    """An answer would be lost in a night without a network."""
    tries = Tries(sends=2)
    assert first(8, tries.failed) == [1, 2, 4, 8, 16, 32, 60, 60]
    assert all(first(1000, tries.failed))
    assert (tries.patience, tries.lost()) == (1, 60)


def test_a_message_whose_reply_was_lost_is_sent_once_more():
    """A person would read one answer six times, or never."""
    tries = Tries(sends=2)
    assert [tries.lost(), tries.lost()] == [1, None]


def test_what_does_no_harm_twice_is_repeated_after_lost_replies():
    """An answer would stop in the middle because of one edit."""
    assert first(3, Tries().lost) == [1, 2, 4]


def test_the_patience_doubles_with_each_lost_reply_and_with_nothing_else():
    """Replies that take a little longer than the timeout would be lost for ever."""
    tries = Tries(forms=2)
    tries.failed()
    tries.refused(UndeliverableError(409, ""))
    assert [tries.lost() and tries.patience for _ in range(4)] == [2, 4, 8, 16]
    first(100, tries.lost)
    assert tries.patience == MOST_PATIENT


@pytest.mark.parametrize("code", [400, 401, 404, 409, 413, 420])
def test_a_refusal_that_may_pass_is_outlasted_for_ten_minutes(code):
    """An answer would be lost in a bad moment, or hold up the chat's other ones for ever."""
    tries = Tries()
    waits = until_none(lambda: tries.refused(UndeliverableError(code, "")))
    assert waits[:7] == [1, 2, 4, 8, 16, 32, 60]
    assert REFUSED_FOR <= sum(waits) < REFUSED_FOR + 60


@pytest.mark.parametrize(
    ("code", "forms", "waits"),
    [
        (400, [1, 2, 0, 1, 2, 0], [0, 0, 1, 0, 0, 2]),
        (413, [1, 2, 0, 1, 2, 0], [0, 0, 1, 0, 0, 2]),
        # Nothing is wrong with what is sent.
        (409, [0, 0, 0], [1, 2, 4]),
    ],
)
def test_plainer_forms_are_tried_at_once(code, forms, waits):
    """A picture or bold text that is refused would cost the answer, or ten minutes."""
    tries = Tries(forms=3)
    assert [(tries.refused(UndeliverableError(code, "")), tries.form) for _ in forms] == list(
        zip(waits, forms, strict=True)
    )


def test_an_outage_is_no_refusal():
    """What is refused after an hour without a network would be given up at once."""
    tries = Tries()
    tries.refused(UndeliverableError(400, ""))
    first(100, tries.failed)
    assert len(until_none(lambda: tries.refused(UndeliverableError(400, "")))) == 10


def test_what_may_be_missed_is_given_up_earlier():
    """Signs that nobody waits for any more would be sent."""
    tries = Tries(refused_for=7)
    assert until_none(lambda: tries.refused(UndeliverableError(400, ""))) == [1, 2, 4]


@pytest.mark.parametrize(
    ("code", "description"),
    [
        (403, "Forbidden: bot was blocked by the user"),
        (400, "Bad Request: chat not found"),
        (400, "Bad Request: user is deactivated"),
        (400, "Bad Request: PEER_ID_INVALID"),
        (0, "the bot is stopping"),
    ],
)
def test_what_no_repetition_mends_is_not_repeated(code, description):
    """The bot would try for ten minutes to reach somebody who left."""
    assert Tries(forms=2).refused(UndeliverableError(code, description)) is None


def test_what_the_caller_mends_is_not_repeated():
    """Whoever asked in a topic that was deleted would wait ten minutes for the answer."""
    tries = Tries(mends=lambda refusal: refusal.topic_gone)
    assert tries.refused(UndeliverableError(400, "message thread not found")) is None
    assert tries.refused(UndeliverableError(400, "TOPIC_SOMETHING")) == 1


def test_only_a_message_that_may_have_been_sent_waits_until_telegram_answers():
    """A second copy would be spent on a connection that is broken."""
    message, edit = Tries(sends=2), Tries()
    for tries in (message, edit):
        tries.failed()
        assert not tries.is_unsure
        tries.lost()
    assert (message.is_unsure, edit.is_unsure) == (True, False)
    assert (message.counts_sends, edit.counts_sends) == (True, False)
