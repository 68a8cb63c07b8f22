"""Looks of any kind, at random moments, against a slow check over all trades."""

from dataclasses import replace

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from engram.core.errors import ExchangeError
from engram.watch.looking.price import Firing, Standing
from engram.watch.looking.reading import MOST, look
from tests.watch.looking.exchange_of_ticks import BEGIN, LADDER, MINUTE, TickExchange

SLOW = settings(
    max_examples=60, deadline=None, suppress_health_check=list(HealthCheck), derandomize=True
)


def armed(exchange, at, level, rises, number=1, *, by_clock=False):
    """An alert that is armed at a moment; `by_clock` its candle is the minute, not the newest."""
    time, price = exchange.until(at)[-1]
    since = (at if by_clock else time) // MINUTE * MINUTE
    standing = Standing(number, rises, level, since, since)
    return replace(standing, ready=not standing.holds(price))


def followed(exchange, standings, moments, ladder=LADDER, wrong_by=0):
    """What fired each alert, and at which look, when looks are at `moments`."""
    open_, fired = {one.number: one for one in standings}, {}
    for now in moments:
        if not open_:
            break
        found = exchange.run(look(list(open_.values()), ladder, now + wrong_by), now)
        for judged in found.judged:
            number = judged.standing.number
            if judged.firing:
                fired[number] = (now, judged.firing)
                del open_[number]
            elif found.newest:
                looked = max(judged.standing.looked, int(found.newest[0]))
                open_[number] = replace(judged.standing, looked=looked)
    return fired


def expected(exchange, standing, moments):
    """At which look an alert that is ready fires, by which candle: all candles, the slow way."""
    for now in moments:
        for time, _, high, low, close, _ in exchange.candles(MINUTE, now, standing.since):
            best = (high if standing.rises else low) if time > standing.since else close
            if standing.holds(best):
                return now, int(time)
    return None


def scenario(data, minutes, gaps, **kind):
    """An exchange, the moment of arming, and those of the looks."""
    # A few long walks serve all, from different moments on: to make one takes longest.
    walks = 10**6 if minutes < 1000 else 3
    exchange = TickExchange(data.draw(st.integers(0, walks)), minutes, **kind)
    at = BEGIN + data.draw(st.integers(0, minutes * MINUTE // 4))
    moments = [at]
    for _ in range(data.draw(st.integers(1, 12))):
        moments.append(moments[-1] + data.draw(gaps))
    return exchange, at, moments


# 720 of these reach further back than any gap.
LONGER = 5 * MINUTE
SHORT_GAPS = st.integers(1_000, 5 * MINUTE)
LONG_GAPS = st.one_of(st.integers(1_000, 3 * MINUTE), st.integers(500 * MINUTE, 3000 * MINUTE))


@SLOW
@given(st.data(), st.integers(-6, 6), st.booleans(), st.booleans())
def test_an_alert_fires_if_and_only_if_the_slow_check_says_so(data, distance, rises, by_clock):
    """A wick would be overlooked, or an alert fire for what was before it was armed."""
    exchange, at, moments = scenario(data, 90, SHORT_GAPS)
    price = exchange.until(at)[-1][1]
    level = price + abs(distance) * (1 if rises else -1)
    standing = armed(exchange, at, level, rises, by_clock=by_clock)
    fired = followed(exchange, [standing], moments).get(1)
    found = expected(exchange, standing, moments)
    assert (fired and (fired[0], fired[1].candle)) == found
    assert not fired or fired[1].length == MINUTE


@SLOW
@given(
    st.data(),
    st.lists(st.integers(-40, 40), min_size=1, max_size=5),
    st.sampled_from(
        [
            {},
            {"page": 100},
            {"page": 300},
            {"quiet": 0.97},
            {"latest": 720},
            {"latest": 720, "strict": True},
        ]
    ),
    st.sampled_from([0, -50 * 3_600_000, 50 * 3_600_000]),
    st.booleans(),
)
def test_an_absence_of_any_length_is_bridged(data, distances, kind, wrong_by, dated):
    """What happened while the machine was off for days would not be told, or with a wrong time."""
    exchange, at, moments = scenario(data, 12_000, LONG_GAPS, **kind)
    exchange.dated = dated
    wrong_by = wrong_by if dated else 0
    price = exchange.until(at)[-1][1]
    standings = [
        armed(exchange, at, price + distance, distance > 0, number)
        for number, distance in enumerate(distances)
        if price + distance > 0
    ]
    standings = [one for one in standings if one.ready]
    if not standings:
        return
    fired = followed(exchange, standings, moments, wrong_by=wrong_by)
    for one in standings:
        found = expected(exchange, one, moments)
        got = fired.get(one.number)
        if kind.get("latest"):
            assert_sound(exchange, one, got, found)
        else:
            assert (got and (got[0], got[1].candle, got[1].length)) == (found and (*found, MINUTE))


def assert_sound(exchange, standing, got, found):
    """An exchange without old minutes says less: the firing lies in a candle around the right one.

    What happened in the same long candle as the arming cannot be told.
    """
    if got:
        assert found
        assert found[0] <= got[0]
        prices = [
            price
            for time, price in exchange.until(got[0])
            if got[1].candle <= time < got[1].candle + got[1].length and time >= standing.since
        ]
        assert any(map(standing.holds, prices))
    elif found:
        assert found[1] // LONGER == standing.since // LONGER


@SLOW
@given(st.data(), st.booleans(), st.integers(1, 4), st.booleans())
def test_an_alert_that_was_true_waits_until_it_is_false(data, rises, beyond, is_long):
    """A 🔁 alert would fire at once, for the same move again, or never."""
    exchange, at, moments = scenario(
        data, 6000 if is_long else 90, LONG_GAPS if is_long else SHORT_GAPS
    )
    price = exchange.until(at)[-1][1]
    standing = armed(exchange, at, price - beyond if rises else price + beyond, rises)
    assert not standing.ready
    fired = followed(exchange, [standing], moments).get(1)
    after = [tick for tick in exchange.until(moments[-1]) if tick[0] > at]
    if fired:
        now, firing = fired
        end = min(now, firing.candle + firing.length)
        states = [standing.holds(price) for time, price in after if time <= end]
        assert False in states, "it was never false"
        assert True in states[states.index(False) :], "it did not become true again"
    else:
        candles = [row for row in exchange.candles(MINUTE, moments[-1]) if row[0] > standing.since]
        false = [row[0] for row in candles if not standing.holds(standing.worst(row))]
        assert not any(
            standing.holds(standing.best(row)) for row in candles if false and row[0] > false[0]
        ), "it crossed"


def test_a_minute_s_look_is_one_request_for_a_few_candles():
    """A thousand alerts would ask an exchange for a thousand pages."""
    exchange = TickExchange(1, 90, quiet=0.0)
    now = BEGIN + 80 * MINUTE + 30_000
    since = BEGIN + 79 * MINUTE
    found = exchange.run(look([Standing(1, True, 1e9, since, since)], LADDER, now), now)
    assert len(exchange.asked) == 1
    assert exchange.asked[0].limit <= 10
    assert found.newest[0] == BEGIN + 80 * MINUTE


def test_a_wick_within_one_long_candle_is_told_with_its_minute():
    """After a weekend the message would say "between 3:00 and 4:00"."""
    exchange = TickExchange(1, 1, quiet=1.0)
    wick = BEGIN + 2_000 * MINUTE
    exchange.ticks = [(BEGIN + n * MINUTE, 100.0) for n in range(4_000)]
    exchange.ticks[2_000:2_000] = [(wick, 100.0), (wick + 10_000, 150.0)]
    now = BEGIN + 3_999 * MINUTE
    found = exchange.run(look([Standing(1, True, 149.0, BEGIN, BEGIN)], LADDER, now), now)
    assert found.judged[0].firing == Firing(wick, MINUTE, 150.0)
    assert len(exchange.asked) < 8
    assert now - BEGIN > MOST * MINUTE


@pytest.mark.parametrize("page", [100, 1000])
def test_a_wick_after_months_is_found_on_an_exchange_that_sends_few_candles(page):
    """The last minutes of a long candle would not be asked for, and the time be said roughly."""
    exchange = TickExchange(1, 1, quiet=1.0, page=page)
    wick = BEGIN + (80_000 // 240 * 240 + 235) * MINUTE
    exchange.ticks = [(BEGIN + n * MINUTE, 100.0) for n in range(0, 90_000, 5)]
    exchange.ticks = sorted([*exchange.ticks, (wick + 10_000, 150.0)])
    now = BEGIN + 89_995 * MINUTE
    found = exchange.run(look([Standing(1, True, 149.0, BEGIN, BEGIN)], LADDER, now), now)
    assert found.judged[0].firing == Firing(wick, MINUTE, 150.0)


def test_a_wick_of_which_there_are_no_minutes_any_more_is_told_by_a_longer_candle():
    """On Kraken, which sends half a day of minutes, a wick of the night before would be lost."""
    exchange = TickExchange(1, 1, quiet=1.0, latest=718)
    exchange.ticks = [(BEGIN + n * MINUTE, 100.0) for n in range(2_000)]
    now = BEGIN + 1_999 * MINUTE
    # The first minute that is left is 1,282: these are in the same long candle as it, and before.
    for minute in (1_280, 1_281, 900):
        wick = BEGIN + minute * MINUTE
        exchange.ticks = sorted([*exchange.ticks, (wick + 10_000, 150.0)])
        found = exchange.run(look([Standing(1, True, 149.0, BEGIN, BEGIN)], LADDER, now), now)
        firing = found.judged[0].firing
        assert firing == Firing(wick // LONGER * LONGER, LONGER, 150.0)
        exchange.ticks = [tick for tick in exchange.ticks if tick[1] < 150]


@pytest.mark.parametrize("missed", [900, 3_000, 30_000])
def test_the_candle_of_the_arming_counts_by_its_close_alone(missed):
    """A spike from before it was armed would fire it, if the bot was off right afterwards."""
    exchange = TickExchange(1, 1, quiet=1.0)
    spike = BEGIN + 62 * MINUTE
    exchange.ticks = [(BEGIN + n * MINUTE, 100.0) for n in range(missed + 70)]
    exchange.ticks[63:63] = [(spike + 5_000, 150.0), (spike + 9_000, 100.0)]
    now = spike + missed * MINUTE
    found = exchange.run(look([Standing(1, True, 149.0, spike, spike)], LADDER, now), now)
    assert found.judged[0].firing is None
    assert found.newest[0] == now


def test_an_alert_that_was_armed_later_is_not_judged_by_what_others_missed():
    """Somebody's alert of today would fire by yesterday's wick, because another one is older."""
    exchange = TickExchange(1, 1, quiet=1.0)
    wick = BEGIN + 1_500 * MINUTE
    exchange.ticks = [(BEGIN + n * MINUTE, 100.0) for n in range(4_000)]
    exchange.ticks[1_501:1_501] = [(wick + 10_000, 150.0), (wick + 20_000, 100.0)]
    now, later = BEGIN + 3_999 * MINUTE, wick + 2 * MINUTE
    old, new = Standing(1, True, 149.0, BEGIN, BEGIN), Standing(2, True, 149.0, later, later)
    found = exchange.run(look([old, new], LADDER, now), now)
    assert [bool(one.firing) for one in found.judged] == [True, False]


def test_an_exchange_that_fails_in_the_middle_is_asked_again():
    """A firing would be told with a rough time because of one lost connection."""
    exchange = TickExchange(1, 1, quiet=1.0)
    exchange.ticks = [(BEGIN + n * MINUTE, 100.0) for n in range(3_000)]
    exchange.ticks = sorted([*exchange.ticks, (BEGIN + 1_500 * MINUTE + 5, 150.0)])
    now = BEGIN + 2_999 * MINUTE
    steps = look([Standing(1, True, 149.0, BEGIN, BEGIN)], LADDER, now)
    ask = steps.send(exchange.answer(next(steps), now))
    assert ask.timeframe == "1m"
    with pytest.raises(ExchangeError):
        steps.throw(ExchangeError("could not be reached", 20.0))


def test_a_market_that_nobody_trades_stays_as_it_is():
    """An empty answer would end the thread that looks."""
    exchange = TickExchange(1, 1, quiet=1.0)
    exchange.ticks = []
    found = exchange.run(look([Standing(1, True, 149.0, BEGIN, BEGIN)], LADDER, BEGIN), BEGIN)
    assert (found.judged[0].firing, found.newest) == (None, None)
