"""The results as tables in Markdown, for docs/signals.md and for the terminal."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Any

from tests.study.results import TODAY, Results, is_enough

Row = Sequence[str]
Figures = Sequence[float | None]
FIGURES = ("cases", "came true %", "chance %", "mean move %", "gain %", "gain after fees %")
THIRDS = ("calm", "normal", "wild")


def blocks(results: Results) -> dict[str, str]:
    """Each table by the name under which docs/signals.md has it."""
    made = {
        "studied": studied(results["about"]),
        "signals": signals(results["signals"], of_regime=False),
        "regimes": signals(results["signals"], of_regime=True),
        "range": ranges(results["range"]),
        "stops": stops(results["stops"]),
        "traded": traded(results["traded"]),
        "labels": labels(results["labels"]),
        "stated": stated(results["stated"]),
        "calibration": calibration(results),
        "rules": rules(results["rules"]),
    }
    return {name: "\n".join(lines) for name, lines in made.items()}


def details(results: Results) -> dict[str, str]:
    """Tables that are printed beside those of `blocks`, too long for a page that people read."""
    made = {"cells": cells(results["signals"]), "all rules": all_rules(results["rules"])}
    return {name: "\n".join(lines) for name, lines in made.items()}


def cells(rows: Sequence[Results]) -> Iterator[str]:
    """Every signal in every regime that has cases enough, in both periods."""
    told = []
    for row in filter(is_enough, rows):
        periods = (row[name] for name in ("early", "late"))
        both = [part for one in periods for part in (interval(one["true"]), percent(one["chance"]))]
        name = f"{row['timeframe']} {row['signal']}, daily {row['own']}, BTC {row['btc']}"
        told.append((name, *figures(row), *both))
    periods_told = ("to 2020 %", "chance %", "2021–22 %", "chance %")
    return table(("signal, regime", *FIGURES, *periods_told), told)


def all_rules(found: Sequence[Results]) -> Iterator[str]:
    """What each rule gained in the years to 2020, when one was chosen."""
    told = [
        (
            f"{one['timeframe']} {row['rule']}",
            percent(row["marked"], 0),
            interval(row["early"], 2, signed=True),
        )
        for one in found
        for row in one["rules"]
    ]
    return table(("rule (signal: today's)", "BUY or SELL %", "gain to 2020 %"), told)


def table(head: Row, rows: Sequence[Row]) -> Iterator[str]:
    """The lines of a table; all columns but the first are numbers."""
    yield f"| {' | '.join(head)} |"
    yield f"|---|{'---:|' * (len(head) - 1)}"
    yield from (f"| {' | '.join(row)} |" for row in rows)


def percent(share: float | None, decimals: int = 1, *, signed: bool = False) -> str:
    """A share as a percentage without its sign: 46.6; "-" where there is none."""
    if share is None:
        return "-"
    value = round(100 * share, decimals) + 0.0
    return f"{value:{'+' if signed else ''}.{decimals}f}"


def interval(figures: Figures, decimals: int = 1, *, signed: bool = False) -> str:
    """A figure with its interval: 46.6 [45.3, 48.0]."""
    value, *ends = (percent(one, decimals, signed=signed) for one in figures)
    return value if ends == ["-", "-"] else f"{value} [{', '.join(ends)}]"


def studied(about: Results) -> Iterator[str]:
    """How many coins and cases there are on each timeframe."""
    frames = about["frames"].items()
    rows = [(frame, f"{one['coins']}", f"{one['cases']:,}") for frame, one in frames]
    return table(("timeframe", "coins", "cases"), rows)


def signals(rows: Sequence[Results], *, of_regime: bool) -> Iterator[str]:
    """How each signal did on every timeframe; or on 4h by Bitcoin's daily signal."""
    if of_regime:
        wanted = [
            row for row in rows if row["timeframe"] == "4h" and row["own"] == "*" != row["btc"]
        ]
        names = [f"{row['signal']}, BTC {row['btc']}" for row in wanted]
        head = "4h signal, BTC's daily"
    else:
        wanted = [row for row in rows if row["own"] == "*" == row["btc"]]
        names = [f"{row['timeframe']} {row['signal']}" for row in wanted]
        head = "signal"
    told = [(name, *figures(row)) for name, row in zip(names, wanted, strict=True)]
    return table((head, *FIGURES), told)


def figures(row: Results) -> Row:
    """What is told of a cell."""
    return (
        f"{row['cases']:,}",
        interval(row["true"]),
        percent(row["chance"]),
        percent(row["move"], 2, signed=True),
        interval(row["gain"], 2, signed=True),
        percent(row["after_fees"], 2, signed=True),
    )


def ranges(rows: Sequence[Results]) -> Iterator[str]:
    """How often the price was inside, in each third of wildness, and both scores."""
    told = [
        (
            row["timeframe"],
            interval(row["inside"]),
            *(interval(third) for third in row["thirds"]),
            " / ".join(percent(third[0], 0) for third in row["plain_thirds"]),
            percent(row["score"]),
            percent(row["plain_score"]),
        )
        for row in rows
    ]
    head = ("timeframe", "inside %", *THIRDS, "unscaled", "score", "unscaled score")
    return table(head, told)


def stops(rows: Sequence[Results]) -> Iterator[str]:
    """How often each distance was touched."""
    sides = ("below", "above")
    told = [
        (row["timeframe"], *(interval(far) for side in sides for far in row[side])) for row in rows
    ]
    head = ("timeframe", *(f"{far} ATR {side}" for side in sides for far in ("1.5", "3")))
    return table(head, told)


def traded(rows: Sequence[Results]) -> Iterator[str]:
    """What a stop of 1.5 ATR and a target of 3 ATR came to."""
    told = [
        (
            f"{row['timeframe']} {row['signal']}",
            multiple(row["result"]),
            multiple(row["any"]),
        )
        for row in rows
    ]
    return table(("signal", "result in R", "at any candle"), told)


def multiple(figures_: Figures) -> str:
    """A result in R, with its interval: +0.06 [+0.00, +0.13]."""
    value, *ends = ("-" if one is None else f"{one:+.2f}" for one in figures_)
    return f"{value} [{', '.join(ends)}]"


def labels(rows: Sequence[Results]) -> Iterator[str]:
    """What the first edition's labels were worth."""
    told = [(row["label"], percent(row["given"], 0), interval(row["true"])) for row in rows]
    return table(("the old label", "given on 1h %", "BUY and SELL came true %"), told)


def stated(old: Results) -> Iterator[str]:
    """What the first edition stated, and what came true."""
    told = [
        (f"{percent(one['stated'], 0)} %", f"{one['cases']:,}", interval(one["true"]))
        for one in old["bins"]
    ]
    return table(("it stated", "cases", "came true %"), told)


def calibration(results: Results) -> Iterator[str]:
    """How far what was stated could be believed."""
    old = results["stated"]
    brier = "-" if old["brier"] is None else f"{old['brier']:.3f}"
    yield from table(
        ("", "slope", "Brier score"),
        [
            ("the old hit rates", decimal(old["slope"]), brier),
            ("the frequencies that are told now", decimal(results["slope"]), ""),
            ("what can be believed", "1.00", ""),
            ("a coin", "", "0.250"),
        ],
    )


def decimal(value: float | None) -> str:
    """A number with two decimals."""
    return "-" if value is None else f"{value:.2f}"


def rules(found: Sequence[Results]) -> Iterator[str]:
    """Today's rule and the chosen one of each timeframe, in both periods."""
    told: list[Row] = []
    for one in found:
        for row in one["rules"]:
            if "late" in row:
                told.append((one["timeframe"], *of_rule(row)))
    gains = ("gain to 2020 %", "in 2021–22 %", "more than today's %")
    head = ("timeframe", "rule", "BUY or SELL %", *gains)
    lines = list(table(head, told))
    # The name of the rule is no number.
    lines[1] = "|---|---|" + "---:|" * (len(head) - 2)
    yield from lines


def of_rule(row: Results) -> Row:
    """What is told of a rule."""
    more: Any = row.get("more")
    return (
        "today's" if row["rule"] == TODAY else row["rule"],
        percent(row["marked"], 0),
        interval(row["early"], 2, signed=True),
        interval(row["late"], 2, signed=True),
        interval(more, 2, signed=True) if more else "",
    )
