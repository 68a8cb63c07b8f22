"""Daily candles that do not come, with `launcher.py` as a process: what people read meanwhile."""

import pytest

from engram.market.evidence import Regime, find
from engram.market.outcomes import Signal
from tests.conftest import OWNER, clean_environment, launcher_command
from tests.doubles.exchange import candles
from tests.doubles.lmstudio import Answer
from tests.machine_speed import completed

pytestmark = pytest.mark.unpaced

UNKNOWN = "🧭 Daily: not known · BTC daily: not known"


@pytest.fixture
def exchange(exchange):
    """It falls on 4h, and holds back every request for daily candles."""
    exchange.shape = "falling"
    exchange.series["BTC/USDT", "1d"] = candles(1000, "falling", "1d")
    exchange.series["ETH/USDT", "1d"] = candles(1000, "rising", "1d")
    exchange.fail("klines/1d", "held", times=None)
    return exchange


def panel(telegram, text):
    """The panel that answers `text`, with its chart."""
    return telegram.answer_to(OWNER, text, chart=True)


def confidence(regime):
    """What is said of a signal SELL on 4h in `regime`."""
    cell = find("4h", Signal.SELL, regime)
    return (
        f"Confidence: {cell.confidence.value} (such signals came true {100 * cell.rate:.0f} % of "
        f"the time, chance is {100 * cell.chance:.0f} %)"
    )


def test_a_panel_comes_without_the_days_and_stays_as_it_is(
    bot, telegram, lmstudio, exchange, market
):
    """A person would wait for a line, or see figures change on which they have acted by then."""
    lmstudio.behave(Answer("Down."))
    bot(after=market, patient=True)
    shown = panel(telegram, "/analyze ETH 4h")
    assert not exchange.let_go.is_set()
    assert UNKNOWN in shown.caption
    assert confidence(Regime()) in shown.caption
    telegram.wait_for_text(OWNER, "Down.")
    exchange.let_go.set()
    # Asked again while the days are on their way at last, until they have come.
    for _ in range(50):
        later = panel(telegram, "/analyze ETH 4h")
        if "not known" not in later.caption:
            break
    assert "🧭 Daily: BUY · BTC daily: SELL" in later.caption
    assert confidence(Regime(Signal.BUY, Signal.SELL)) in later.caption
    captions = {one.message_id: one.caption for one in telegram.screen(OWNER)}
    assert captions[shown.message_id] == shown.caption
    # Each market's days once, however often they were needed.
    assert exchange.count("klines/1d") == 2


def test_the_bot_leaves_while_days_are_awaited(bot, telegram, exchange, market):
    """Whoever restarts the bot would wait for an exchange that does not answer."""
    running = bot(after=market, patient=True)
    panel(telegram, "/analyze ETH 4h")
    assert running.stop() == 0


@pytest.mark.parametrize(
    ("option", "typed"), [(("--ask", "/analyze ETH 4h"), ""), (("--console",), "/analyze ETH 4h\n")]
)
def test_a_terminal_is_left_while_days_are_awaited(exchange, market, tmp_path, option, typed):
    """A script would hang behind an answer that it has."""
    config = tmp_path / "config.ini"
    config.write_text(f"[lmstudio]\nurl = http://127.0.0.1:9\n{market}", encoding="utf-8")
    command = launcher_command(*option, "--config", str(config), patient=True)
    done = completed(command, 50, typed, env=clean_environment())
    assert (done.returncode, done.stderr) == (0, "")
    assert UNKNOWN in done.stdout
    assert confidence(Regime()) in done.stdout
    assert exchange.count("klines/1d") == 2
