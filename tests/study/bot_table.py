"""The results as `engram/market/evidence.py` has them."""

from __future__ import annotations

from engram.market.outcomes import Signal
from tests.study.results import Results, is_enough


def evidence(results: Results) -> str:
    """The tables as `engram/market/evidence.py` has them."""
    about = results["about"]
    coins = len(about["coins"])
    enough = [row for row in results["signals"] if is_enough(row)]
    frames = {row["timeframe"] for row in enough}
    touched = [
        f"{row['timeframe']} {side} {far[0][0]:.4f} {far[1][0]:.4f}"
        for row in results["stops"]
        for side in ("below", "above")
        for far in [row[side]]
        if row["timeframe"] in frames
    ]
    return "\n".join(
        [
            f"# {about['date']}: {about['cases']:,} cases of {coins} coins, {about['first']} to "
            f"{about['last']}.",
            'SIGNALS = """',
            *map(cell, enough),
            '"""',
            'STOPS = """',
            *touched,
            '"""',
        ]
    )


def cell(row: Results) -> str:
    """A line of the table of signals."""
    shares = [row["true"][0], row["chance"]]
    for period in ("early", "late"):
        shares += [row[period]["true"][1], row[period]["chance"]]
    told = ["-" if one is None else f"{one:.4f}" for one in shares]
    names = (row["timeframe"], Signal(row["signal"]).value, row["own"], row["btc"])
    return " ".join([*names, str(row["cases"]), str(row["months"]), *told])
