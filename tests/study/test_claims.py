"""What docs/signals.md says in words, against the figures of the study."""

import pytest

from engram.market.evidence import Confidence
from tests.study.publish import PAGE, kept
from tests.study.results import FEES, is_enough
from tests.study.rules import CANDIDATES
from tests.study.test_study import label

TEXT = " ".join(PAGE.read_text("utf-8").split())
COINS, SHARES = kept()["crypto"], kept()["equity"]
SHORT = ("15m", "1h")


def cell(frame, signal, btc="*", of=COINS):
    """The row of a signal, whatever its own daily signal."""
    wanted = {"timeframe": frame, "signal": signal, "own": "*", "btc": btc}
    (found,) = [row for row in of["signals"] if row.items() >= wanted.items()]
    return found


def named(table, frame):
    """The row of a timeframe."""
    (found,) = [row for row in COINS[table] if row["timeframe"] == frame]
    return found


def shown(rule, frame):
    """A rule in the table of rules."""
    (found,) = [row for row in named("rules", frame)["rules"] if row["rule"] == rule]
    return found


BOTH = [cell(frame, signal) for frame in ("15m", "1h", "4h", "1d") for signal in ("BUY", "SELL")]
GAINS = [cell("4h", signal)["gain"] for signal in ("BUY", "SELL")]
ENOUGH = [row for row in COINS["signals"] if is_enough(row)]
TRADED = {(row["timeframe"], row["signal"]): row["result"] for row in COINS["traded"]}
ALL = named("range", "all")
BINS, LABELS = COINS["stated"]["bins"], {row["label"]: row for row in COINS["labels"]}
DAYS, HOURS, FOUR = ({r["rule"]: r for r in named("rules", f)["rules"]} for f in ("1d", "1h", "4h"))


@pytest.mark.parametrize(
    "figure",
    [
        f"Over {len(COINS['about']['coins'])} coins and {COINS['about']['cases']:,} cases",
        f"{COINS['about']['cases']:,} cases are far from as many independent ones",
        f"higher by {100 * GAINS[0][0]:.2f} % after a BUY than after any candle",
        f"lower by {100 * GAINS[1][0]:.2f} % after a SELL",
        f"fees of {100 * FEES:.1f} %",
        f"lie inside ({100 * ALL['inside'][0]:.1f} %)",
        f"at most {max(one[0] for one in TRADED.values()):+.2f} R (BUY on 1d)",
        f"some {round(len(ENOUGH), -1)} cells",
        {16: "Sixteen"}[len(CANDIDATES)] + " other rules",
        "(7 by the hour, 15 by the day)",
    ],
)
def test_each_figure_in_the_text_is_one_of_the_study(figure):
    """A trader would read a figure of another run, or one that nobody has measured."""
    assert figure in TEXT


@pytest.mark.parametrize(
    ("words", "true"),
    [
        (
            "came true no more often than chance has it, or by no more than luck; on 15m and 1h a "
            "little less often",
            all(one["true"][1] <= one["chance"] for one in BOTH)
            and all(one["true"][2] < one["chance"] for one in BOTH if one["timeframe"] in SHORT),
        ),
        (
            "every signal of Engram says `Confidence: Low`",
            {label(row) for row in ENOUGH} == {Confidence.LOW},
        ),
        (
            "did not rise more often after a BUY, but further",
            abs(cell("4h", "BUY")["true"][0] - cell("4h", "BUY")["chance"]) < 0.01
            and GAINS[0][1] > 0,
        ),
        (
            "On 15m and 1h, fees of 0.2 % take all of it",
            all(one["after_fees"] < 0 for one in BOTH if one["timeframe"] in SHORT),
        ),
        (
            "in calm, normal and wild markets",
            all(abs(third[0] - 0.79) < 0.02 for third in ALL["thirds"]),
        ),
        (
            "A stop 1.5 ATR away is touched six times out of ten",
            all(
                round(10 * row[side][0][0]) == 6
                for row in COINS["stops"]
                for side in ("below", "above")
            ),
        ),
        ("On 4h the gain is above zero with both", all(gain[1] > FEES for gain in GAINS)),
        (
            "On 1d the gain looks largest",
            max(BOTH, key=lambda one: one["gain"][0])["timeframe"] == "1d",
        ),
        (
            "it came true less often than chance, and lost",
            cell("4h", "BUY", "SELL")["true"][2] < cell("4h", "BUY", "SELL")["chance"]
            and cell("4h", "BUY", "SELL")["gain"][2] < 0 > cell("4h", "BUY", "SELL")["move"],
        ),
        (
            "says next to nothing about the next time",
            abs(COINS["stated"]["slope"]) < 0.1 and BINS[-1]["true"][0] - BINS[0]["true"][0] < 0.05,
        ),
        ("Their Brier score is worse than that of a coin", COINS["stated"]["brier"] > 0.25),
        (
            "whatever the label, less than half came true",
            all(one["true"][0] < 0.5 for one in LABELS.values()),
        ),
        (
            "of the differences between cells less than half was there again",
            0 < COINS["slope"] < 0.5,
        ),
        (
            "On 1d the unscaled range scored a little better",
            [row["timeframe"] for row in COINS["range"] if row["plain_score"] < row["score"]]
            == ["1d"],
        ),
        (
            "near nothing, at most",
            max(TRADED.values()) == TRADED["1d", "BUY"],
        ),
        (
            "on 4h *Trend and MACD* together, on 1h *Trend* alone",
            all(
                row["late"][1] > 0 and row["more"][1] > 0
                for row in (FOUR["Trend and MACD"], HOURS["Trend alone"])
            ),
        ),
        (
            "gives less than half as many of them as today's rule",
            FOUR["Trend and MACD"]["marked"] < FOUR["signal"]["marked"] / 2,
        ),
        ("there fees would take most of it", HOURS["Trend alone"]["late"][0] < 2 * FEES),
        (
            "**Held, and gained less than today's rule**: drift on 1d",
            DAYS["drift of 24 candles"]["late"][1] > 0 > DAYS["drift of 24 candles"]["more"][2],
        ),
        (
            "**Did not hold**: *Trend and MACD* on 15m",
            shown("Trend and MACD", "15m")["late"][1] < 0,
        ),
        (
            "on daily shares they cost money",
            all(cell("1d", one, of=SHARES)["gain"][2] < 0 for one in ("BUY", "SELL")),
        ),
    ],
)
def test_each_statement_in_the_text_is_borne_out(words, true):
    """A trader would be told more than was found."""
    assert words in TEXT
    assert true
