"""Who may send next."""

from types import SimpleNamespace

import pytest

from engram.telegram.sending import turns as turns_module
from engram.telegram.sending.turns import KEPT_FREE, Turns, Urgency

CHAT, OTHER, GROUP = 5, 6, -100


class ByHand:
    """A timer and its clock, both moved on by a test."""

    def __init__(self):
        self.now = 0.0
        self.due = []

    def at(self, when, call):
        self.due.append((when, call))

    def move(self, seconds):
        """Let `seconds` pass, and call what is due on the way."""
        end = self.now + seconds
        while self.due:
            when, call = min(self.due, key=lambda one: one[0])
            if when > end:
                break
            self.due.remove((when, call))
            self.now = max(self.now, when)
            call()
        self.now = end


@pytest.fixture
def timer(monkeypatch):
    """Time that stands still until it is moved."""
    made = ByHand()
    monkeypatch.setattr(turns_module, "time", SimpleNamespace(monotonic=lambda: made.now))
    return made


def make(timer, per_second=30, pauses=None):
    return Turns(per_second, timer, lambda chat: chat, pauses or {})


def ask(turns, chats, urgency=Urgency.ANSWER, reserve=0):
    return [turns.ask(chat, urgency, reserve) for chat in chats]


def granted(asked):
    return sum(turn.granted for turn in asked)


@pytest.mark.parametrize(("chat", "interval"), [(CHAT, 1.2), (GROUP, 4.0)])
def test_a_chat_is_sent_three_at_once_and_then_keeps_its_pace(timer, chat, interval):
    """Telegram would refuse the fourth message, and then all of them."""
    turns = make(timer)
    asked = ask(turns, [chat] * 5)
    assert granted(asked) == 3
    timer.move(interval - 0.1)
    assert granted(asked) == 3
    timer.move(0.2)
    assert [turn.granted for turn in asked] == [True] * 4 + [False]
    timer.move(interval)
    assert granted(asked) == 5


def test_all_chats_together_keep_to_the_limit(timer):
    """Fifty people who ask at once would silence the bot."""
    turns = make(timer)
    asked = ask(turns, range(1, 101))
    for count in (30, 60, 90, 100):
        assert granted(asked) == count
        timer.move(1.0)


def test_the_limit_of_all_chats_can_change(timer):
    """Somebody who pays for broadcasts would be as slow until the next restart."""
    turns = make(timer)
    asked = ask(turns, range(1, 101))
    turns.limit(50)
    assert granted(asked) == 50
    turns.limit(20)
    timer.move(1.0)
    assert granted(asked) == 70


@pytest.mark.parametrize("per_second", [1, 30])
def test_a_paused_chat_takes_nothing_from_the_others(timer, per_second):
    """Each thirtieth message of others would wait as long as the pause of one chat."""
    turns = make(timer, per_second)
    turns.pause(CHAT, 3600)
    paused = ask(turns, [CHAT] * 50)
    for second in range(20):
        others = ask(turns, range(100 * second + 10, 100 * second + 10 + per_second))
        assert granted(others) == per_second
        timer.move(1.0)
    assert granted(paused) == 0
    assert turns.pause_left(CHAT) == pytest.approx(3580)
    timer.move(3600)
    assert granted(paused) > 0


def test_a_pause_that_grows_is_kept_to_its_new_end(timer):
    """What waited for the old end would be sent into the new pause."""
    turns = make(timer)
    turns.pause(CHAT, 10)
    (turn,) = ask(turns, [CHAT])
    assert turns.pause(CHAT, 30) == pytest.approx(30)
    assert turns.pause(CHAT, 5) == pytest.approx(30)
    timer.move(29)
    assert not turn.granted
    timer.move(2)
    assert turn.granted


def test_the_most_urgent_goes_first(timer):
    """An answer would wait behind the places in line of a thousand chats."""
    turns = make(timer)
    ask(turns, range(1000, 1030))
    asked = {
        urgency: ask(turns, range(100 * urgency + 1, 100 * urgency + 41), urgency)
        for urgency in reversed(Urgency)
    }
    timer.move(1.0)
    assert granted(asked[Urgency.ANSWER]) == 30
    timer.move(1.0)
    assert (granted(asked[Urgency.ANSWER]), granted(asked[Urgency.FIRST_SIGN])) == (40, 20)
    assert granted(asked[Urgency.PREVIEW]) == 0
    timer.move(10.0)
    assert all(granted(one) == 40 for one in asked.values())


def test_of_one_chat_the_most_urgent_goes_first(timer):
    """Somebody's third question would show no sign while previews of the first are drawn."""
    turns = make(timer)
    ask(turns, [CHAT] * 3)
    order = (Urgency.PLACE, Urgency.PREVIEW, Urgency.FIRST_SIGN, Urgency.FIRST_SIGN)
    asked = [turns.ask(CHAT, urgency, 1) for urgency in order]
    for count in range(1, 5):
        timer.move(2.4 if count == 1 else 1.2)
        assert [turn.granted for turn in asked] == [
            count == 4,
            count >= 3,
            count >= 1,
            count >= 2,
        ]


def test_what_asks_when_the_chat_is_free_waits_for_what_is_more_urgent(timer):
    """A preview that comes in the moment in which the chat is free would push itself in front."""
    turns = make(timer)
    ask(turns, [CHAT] * 3)
    sign = turns.ask(CHAT, Urgency.FIRST_SIGN, 1)
    timer.now += 2.5
    preview = turns.ask(CHAT, Urgency.PREVIEW, 1)
    assert (sign.granted, preview.granted) == (True, False)


def test_a_chat_with_much_to_send_costs_no_more_looks(timer):
    """The timer would be kept busy with each message that waits behind others."""
    turns = make(timer)
    asked = [*ask(turns, [CHAT] * 200), *ask(turns, [CHAT] * 200, Urgency.PREVIEW, 2)]
    assert len(timer.due) <= 2
    for _ in range(30):
        timer.move(1.2)
        asked += ask(turns, [CHAT] * 2, Urgency.PREVIEW, 2)
    assert granted(asked) in (32, 33)
    assert len(timer.due) <= 4


@pytest.mark.parametrize("urgency", Urgency)
def test_what_is_less_urgent_leaves_room(timer, urgency):
    """An answer that is ready would wait for the previews of others."""
    asked = ask(make(timer), range(1, 50), urgency)
    assert granted(asked) == 30 - KEPT_FREE[urgency]


def test_a_preview_leaves_its_reserve_in_the_chat(timer):
    """A complete answer would have to wait behind its own previews."""
    turns = make(timer)
    assert granted(ask(turns, [CHAT] * 3, Urgency.PREVIEW, reserve=1)) == 2
    assert not turns.is_free(CHAT, Urgency.PREVIEW, 1)
    assert turns.is_free(CHAT, Urgency.ANSWER)
    assert granted(ask(turns, [CHAT])) == 1


def test_a_turn_that_was_given_up_is_nobody_elses_loss(timer):
    """Previews of an answer that is complete would keep others waiting."""
    turns = make(timer, per_second=1)
    ask(turns, [CHAT])
    given_up, wanted = ask(turns, [OTHER, 7])
    turns.give_up(given_up)
    timer.move(1.0)
    assert (given_up.granted, wanted.granted) == (False, True)


def test_what_an_earlier_process_sent_counts(timer):
    """After a restart a chat would be sent three more at once."""
    turns = make(timer)
    turns.assume_spent(CHAT)
    asked = ask(turns, [CHAT])
    assert granted(asked) == 0
    timer.move(1.21)
    assert granted(asked) == 1


def test_at_the_end_nobody_waits_any_more(timer):
    """The process would not end while a chat is in a pause."""
    turns = make(timer, pauses={CHAT: timer.now + 3600})
    before = ask(turns, [CHAT])
    turns.stop()
    after = ask(turns, [CHAT])
    assert all(turn.woken.is_set() and not turn.granted for turn in before + after)


def test_a_thousand_who_wait_are_looked_at_once_each(timer):
    """A thousand chats in line would keep the processor busy with asking whose turn it is."""
    turns = make(timer)
    calls = 0
    asked = ask(turns, range(1, 1001), Urgency.FIRST_SIGN)
    while granted(asked) < 1000:
        before = len(timer.due)
        timer.move(0.05)
        calls += before
    assert timer.now < 1000 / 29 + 1.5
    assert calls < 2000


@pytest.mark.parametrize(("took", "next_at"), [(0.1, 1.1), (0.9, 1.25)])
def test_a_message_counts_from_when_telegram_had_it(timer, took, next_at):
    """On a busy machine Telegram would get more than its limit within a second."""
    turns = make(timer, per_second=1)
    (first,) = ask(turns, [CHAT])
    (second,) = ask(turns, [OTHER])
    timer.move(took)
    turns.sent(first)
    timer.move(next_at - 0.01 - timer.now)
    assert not second.granted
    timer.move(0.02)
    assert second.granted


@pytest.mark.parametrize(("chat", "interval"), [(CHAT, 1.2), (GROUP, 4.0)])
def test_after_a_pause_one_message_goes_first_and_alone(timer, chat, interval):
    """Three at once would bring the next pause, which is longer."""
    turns = make(timer)
    turns.pause(chat, 30)
    asked = ask(turns, [chat] * 3)
    timer.move(30.1)
    assert granted(asked) == 1
    timer.move(interval)
    assert granted(asked) == 2
