"""What a digest says."""

import time
from dataclasses import replace

import pytest

from engram.storage.outbox import ALERT, DIGEST, Outgoing
from engram.storage.watch.armed import Armed, Place
from engram.storage.watch.digest_table import DigestPlan
from engram.storage.watch.ledger_table import LedgerRow
from engram.watch.digest import making
from engram.watch.digest.schedule import Due
from engram.watch.digest.texts import NOTHING_WATCHED, PROMPT, QUIET
from tests.machine_speed import LONG
from tests.watch.conftest import HOUR, NOW

EIGHT = Due("2026-11-29", NOW)
PLAN = DigestPlan("7", "08:30", "Europe/Berlin", at=NOW - 48 * HOUR, made_at=NOW - 24 * HOUR)
LAST_NIGHT = NOW - 10 * HOUR


@pytest.fixture
def fire(tables):
    """Has an alert of the chat fire and arrive."""

    def fired(condition="price > 100", candle=LAST_NIGHT, at=LAST_NIGHT, **more):
        chat, frame = more.get("chat", "7"), more.get("timeframe", "1m")
        alert = tables.alerts.arm(
            Armed(chat, f"message/{chat}/{condition}"), Place("binance", "BTC/USDT", frame),
            asked=condition, condition=condition, price=90.0, at=NOW - 60 * HOUR,
            since=60_000, looked=60_000, ready=True,
        )  # fmt: skip
        said = Outgoing(chat, ALERT, "it is so", alert=alert.number)
        tables.write(*tables.alerts.firing(alert, int(candle * 1000), 100.5, said, at))
        tables.outbox.sent(tables.outbox.next(chat).number, [1], at)

    return fired


@pytest.fixture
def judged(tables):
    """Has a signal be given, and be judged last night."""

    def came_out(symbol="BTC/USDT", came_true=1, source="rules", at=LAST_NIGHT):
        row = LedgerRow(
            "binance", symbol, "4h", 1_000, source, "BUY", "Low", 98_000.0, 12, None, None,
            NOW - 58 * HOUR, LAST_NIGHT,
        )  # fmt: skip
        tables.ledger.add(row)
        tables.ledger.judge(
            [
                replace(
                    row, state="judged", judged_price=101_000.0, judged_at=at, came_true=came_true
                )
            ]
        )

    return came_out


def made(maker, plan=PLAN, due=EIGHT):
    return maker.make(plan, due, time.monotonic() + LONG)


def test_all_that_happened_since_the_last_one(maker, model, watch, fire, judged, exchange, tables):
    """A person would wake up and have to ask for each of it."""
    exchange.shape = "flat"
    model.says = "💬 Bitcoin turned up overnight. (GLM)"
    tables.digests.put_zone("7", "Europe/Berlin", NOW)
    began = NOW - 60 * HOUR
    watch("BTC/USDT", signal="BUY", at=began, since=int((LAST_NIGHT - 1000) // 14_400 * 14_400_000))
    watch("ETH/USDT", signal="SELL", at=began, since=int((NOW - 40 * HOUR) * 1000))
    fire()
    judged()
    judged("DOGE/USDT", came_true=0)
    judged(source="zai-org/glm-4.7-flash", came_true=0)
    found = made(maker)
    assert (found.chat, found.kind, found.is_markdown) == ("7", DIGEST, True)
    assert found.name == "digest of 2026-11-29"
    assert found.text == (
        "🗞 Digest · Sun 29 Nov 08:30 in Berlin\n\n"
        "👁 2 markets · Binance · 07:30 UTC (08:30 in Berlin)\n"
        "```\n"
        "USDT  price 24h% 4h\n"
        "BTC  100.00 +0.0 ▲\n"
        "ETH  100.00 +0.0 ▼\n"
        "```\n"
        "▲ BUY  ▼ SELL  ▬ HOLD\n\n"
        "🔀 BTC/USDT 4h: ▲ BUY since 00:00 UTC (01:00 in Berlin)\n"
        "🔔 BTC/USDT rises above 100.00 · 28 Nov 21:30 UTC (22:30 in Berlin), at 100.50\n"
        "📒 Signals whose horizon has ended: rules 1 of 2 right, glm-4.7-flash 0 of 1 right\n"
        "✅ BTC/USDT 4h BUY (rules): 98,000.00 → 101,000.00\n"
        "❌ BTC/USDT 4h BUY (glm-4.7-flash): 98,000.00 → 101,000.00\n\n"
        "💬 Bitcoin turned up overnight. (GLM)"
    )
    ((prompt, data, _),) = model.asked
    assert prompt == PROMPT
    # It knows what the figures of the table are, so that they are not named as invented.
    assert "BTC  100.00 +0.0 % ▲" in data
    assert data.replace("+0.0 %", "+0.0") + "\n\n" + model.says == found.text


def test_what_the_last_one_told_is_not_told_again(maker, watch, fire, judged):
    """The same alert would be news each morning."""
    before = NOW - 25 * HOUR
    watch("BTC/USDT", at=NOW - 60 * HOUR, since=int((before - 4 * HOUR) * 1000))
    fire(at=before)
    judged(at=before)
    assert made(maker).text.endswith(QUIET)


def test_what_was_so_when_the_watching_began_is_no_change(maker, watch):
    """Who watches a market would be told in the morning that its signal has changed."""
    watch("BTC/USDT", at=NOW - HOUR, since=int((NOW - 9 * HOUR) * 1000))
    assert made(maker).text.endswith(QUIET)


def test_other_conversations_are_not_in_it(maker, watch, fire):
    """A group would read what somebody armed in a private chat."""
    watch("BTC/USDT", chat="8", at=NOW - 60 * HOUR)
    fire(chat="8")
    assert made(maker).text.split("\n\n")[1:] == [NOTHING_WATCHED, QUIET]


def test_a_late_one_says_so(maker):
    """A person would take prices of noon for those of the morning."""
    text = made(maker, due=Due("2026-11-29", NOW - 7_800, 7_800.0)).text
    head = (
        "🗞 Digest · Sun 29 Nov 06:20 in Berlin\n⏰ It comes 2 h 10 min late: I was away at 08:30."
    )
    assert text.startswith(head)


def test_an_alert_on_candles_fired_when_its_candle_closed(maker, fire):
    """A person would look for the RSI in a candle that was still open."""
    fire("rsi < 30", candle=NOW // 3600 * 3600 - 8 * HOUR, timeframe="4h")
    assert "the RSI of BTC/USDT (4h) falls below 30 · 03:00 UTC" in made(maker).text


def test_a_damaged_alert_does_not_end_the_digest(maker, fire, tables):
    """One damaged row would end all digests of a chat."""
    fire("nonsense")
    assert "🔔 BTC/USDT: nonsense" in made(maker).text


def test_a_long_night_fits_into_a_message(maker, fire, judged, watch):
    """A digest of many pages would come, or none."""
    for level in range(100, 130):
        fire(f"price > {level}")
    text = made(maker).text
    assert text.count("🔔") == 8
    assert "… and 22 more" in text


def test_nobody_waits_for_a_model_whose_time_is_over(maker, model):
    """The last of many digests of the same minute would come an hour late."""
    maker.make(PLAN, EIGHT, time.monotonic() - 1)
    assert not model.asked


LATE = Due("2026-11-29", NOW - 7_800, 7_800.0)


def test_a_late_one_waits_until_the_absence_was_looked_at(
    maker, watch, fire, tables, clock, monkeypatch
):
    """It would come with question marks, and just before the alerts of the night."""
    watched = watch("BTC/USDT", judged=int((NOW - 40 * HOUR) * 1000), at=NOW - 60 * HOUR)
    changed = replace(
        watched, judged=int((NOW // 14_400 - 1) * 14_400_000),
        signal="BUY", since=int(NOW * 1000) - 20_000_000, was="SELL",
    )  # fmt: skip
    steps = [
        lambda: tables.write(*tables.watched.judging(changed, NOW)),
        fire,
        lambda: None,
    ]
    monkeypatch.setattr(clock, "wait", lambda *_: steps.pop(0)())
    text = made(maker, due=LATE).text
    (line,) = (one for one in text.splitlines() if one.startswith("🔀"))
    assert line.startswith("🔀 BTC/USDT 4h: ▲ BUY since")
    assert line.endswith(", was ▼ SELL")
    assert "?" not in text


def test_a_late_one_does_not_wait_for_ever(maker, watch, monkeypatch):
    """An exchange that is away would keep the digest from a person."""
    monkeypatch.setattr(making, "LOOKS_WITHIN", 0.05)
    watch("BTC/USDT", judged=0)
    assert "⏰ It comes 2 h 10 min late" in made(maker, due=LATE).text
