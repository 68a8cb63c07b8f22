"""The panel of an analysis with the buttons below it; pure."""

from collections.abc import Callable, Iterator, Sequence

from engram.chat import texts
from engram.core.events import Button, Buttons, Panel
from engram.core.formats import format_price, price_decimals
from engram.market.report import Findings, Report
from engram.watch.grammar.figures import written

# From this price on a button's label has no decimals.
WHOLE_FROM = 10_000


def panel(findings: Findings, text: str, draw: Callable[[], bytes | None]) -> Panel:
    """What the rules say, as `text`: of one market with its chart, of several with buttons."""
    reports = findings.reports
    timeframes = dict.fromkeys(report.request.timeframe for report in reports)
    about = ", ".join(report.symbol for report in reports), ", ".join(timeframes)
    if len(reports) > 1:
        return Panel(*about, text, lambda: None, _market_buttons(reports))
    return Panel(*about, text, draw, buttons(reports[0]))


def buttons(report: Report) -> Buttons:
    """Buttons below the panel of `report`: other timeframes, and what to tell of the market.

    A level is the one that the panel shows; where it shows none there is no button.
    """
    request = report.request
    others = [Button(name, f"/analyze {request.symbol} {name}") for name in texts.TIMEFRAMES]
    timeframes = (*others, Button(texts.FRESH, f"/refresh {request}"))
    watch = Button(texts.WATCH, f"/watch {report.symbol} {request.timeframe}")
    tell = (*_level_buttons(report), watch)
    fit = tuple(one for one in tell if len(one.command.encode()) <= texts.BUTTON_BYTES)
    return (timeframes, fit) if fit else (timeframes,)


def _level_buttons(report: Report) -> Iterator[Button]:
    if report.data is None:
        return
    snapshot = report.data.analysis.snapshot
    for label, operator, level in (
        (texts.TELL_AT_SUPPORT, "<", snapshot.levels.support),
        (texts.TELL_AT_RESISTANCE, ">", snapshot.levels.resistance),
    ):
        if level is not None:
            shown = round(level, price_decimals(snapshot.price))
            # Three buttons share a line.
            brief = f"{level:,.0f}" if level >= WHOLE_FROM else format_price(shown)
            command = f"/alert {report.symbol} {operator} {written(shown)}"
            yield Button(label.format(level=brief), command)


def _market_buttons(reports: Sequence[Report]) -> Buttons:
    """A button for each market, which opens its own panel."""
    return (tuple(Button(one.symbol, f"/open {one.request}") for one in reports),)
