"""What the owner is told about."""

import pytest

from engram.ops.notices import QUIET, Notice, Notices, Vital

BEGAN, ENDED = "began", "ended"


def told(notice, *moments):
    """What is told at each (time, whether it holds)."""
    return [notice.look(now, holds=holds) for now, holds in moments]


@pytest.mark.parametrize(
    ("moments", "expected"),
    [
        ([(0, False), (60, False)], [None, None]),
        ([(0, True), (59, True), (60, True), (70, True)], [None, None, BEGAN, None]),
        ([(0, True), (30, False), (40, True), (90, True)], [None] * 4),
        ([(0, True), (60, True), (61, False), (66, False)], [None, BEGAN, None, ENDED]),
        ([(0, True), (60, True), (61, False), (63, True), (90, True)], [None, BEGAN] + [None] * 3),
    ],
)
def test_a_condition_is_told_once_when_it_lasts_and_once_when_it_is_over(moments, expected):
    """The owner would be told of every hiccup, or of nothing."""
    assert told(Notice(BEGAN, ENDED, after=60, calm=5), *moments) == expected


def test_a_server_that_comes_and_goes_all_night_is_no_flood():
    """The owner would wake up to a thousand messages."""
    notice = Notice(BEGAN, ENDED, after=60, calm=5)
    texts = [notice.look(float(now), holds=now % 100 < 70) for now in range(36_000)]
    assert texts.count(BEGAN) == pytest.approx(36_000 / QUIET, abs=10)
    assert abs(texts.count(BEGAN) - texts.count(ENDED)) <= 1


@pytest.mark.parametrize(
    ("vital", "words"),
    [
        (Vital(server_down=True), "LM Studio has been unreachable for more than a minute"),
        (Vital(server_down=True, server="llama.cpp"), "🔴 llama.cpp has been unreachable for"),
        (
            Vital(server_problem="it answers 404"),
            "though its server can be reached: it answers 404",
        ),
        (Vital(answers=10, fallback_rate=0.6), "More than half of the answers"),
        (Vital(disk_free=1_000), "The disk is nearly full"),
    ],
)
def test_each_condition_has_its_sentence(vital, words):
    """The owner would not know what to do."""
    notices = Notices()
    first, later = list(notices.look(vital, 0.0)), list(notices.look(vital, 60.0))
    (text,) = first + later
    assert words in text
    over = [*notices.look(Vital(), 100.0), *notices.look(Vital(), 161.0)]
    assert len(over) == 1


@pytest.mark.parametrize("vital", [Vital(), Vital(answers=9, fallback_rate=1.0), Vital(answers=50)])
def test_nothing_is_told_without_a_reason(vital):
    """An owner who gets messages without a reason stops reading them."""
    notices = Notices()
    assert [*notices.look(vital, 0.0), *notices.look(vital, 1000.0)] == []
