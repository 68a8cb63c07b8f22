"""How fast an answer comes, where the server does not tell."""

import pytest

from engram.core.usage import Usage
from engram.llm.answer.stopwatch import Stopwatch


def timed(told, streamed, *moments, at_once=1):
    """The figures of an answer that was asked for at 100 s and whose pieces came at `moments`.

    So many came each time.
    """
    times = iter([100.0, *moments])
    stopwatch = Stopwatch(lambda: next(times))
    for _ in moments:
        stopwatch.heard(at_once)
    return stopwatch.completed(told, streamed)


@pytest.mark.parametrize(
    ("streamed", "moments", "speed", "first_token"),
    [
        # A token in each piece: four came in the two seconds after the first.
        (5, (102.0, 102.5, 103.0, 103.5, 104.0), 2.0, 2.0),
        # Ten in each: ten of the twenty came in that second.
        (20, (100.5, 101.5), 10.0, 0.5),
        # Nobody counted, or only what is hidden was written.
        (0, (102.0, 103.0), 0.0, 2.0),
        (-7, (102.0, 103.0), 0.0, 2.0),
        # A proxy that collects the answer hands all of it over at once.
        (500, (109.0, 109.0, 109.1), 0.0, 9.0),
        (50_000_000, (101.0, 101.5, 102.0), 0.0, 1.0),
        (1, (101.0, 60_000.0, 86_000.0), 0.0, 1.0),
        (3, (101.0,), 0.0, 1.0),
        # A document comes in no pieces.
        (500, (), 0.0, 0.0),
    ],
)
def test_a_speed_is_what_came_between_two_moments(streamed, moments, speed, first_token):
    """A person would compare models by figures that somebody made up."""
    found = timed(Usage(7, 500), streamed, *moments)
    assert (found.speed, found.first_token) == (speed, first_token)
    assert (found.read, found.written) == (7, 500)


def test_pieces_that_come_together_count_for_as_many():
    """A model whose first words come in one packet would look faster than it is."""
    told = timed(Usage(), 100, 101.0, 102.0, at_once=50)
    assert told.speed == 50.0
    stopwatch = Stopwatch(iter([100.0, 101.0, 103.0]).__next__)
    stopwatch.heard(30)
    stopwatch.heard(0)
    stopwatch.heard(10)
    assert stopwatch.completed(Usage(), 40).speed == 5.0


def test_what_the_server_tells_counts_more():
    """What the network adds would look like a slow model."""
    told = Usage(7, 5, speed=43.7, first_token=0.2, load=12.0)
    assert timed(told, 5, 113.0, 114.0) == told


def test_loading_is_none_of_the_wait_for_the_first_token():
    """A model that is fast once it is loaded would look slow for a whole day."""
    assert timed(Usage(load=12.0), 0, 112.5).first_token == 0.5
    assert timed(Usage(load=13.0), 0, 112.5).first_token == 0.0
