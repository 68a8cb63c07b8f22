"""What /size says: the arithmetic line by line, and what it needs to know; pure."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from typing import TYPE_CHECKING

from engram.chat.sizing import formats
from engram.chat.sizing.position import STOP_ATRS, Position, Why
from engram.core.formats import format_price
from engram.market.analyst import Report
from engram.market.outcomes import Signal
from engram.market.symbols import DOLLARS, Request
from engram.market.words.speech import MONEY

if TYPE_CHECKING:
    from engram.chat.sizing.request import SizeRequest

# What money is called by its sign, and in words.
NAMES = {"$": "USD", "€": "EUR", "£": "GBP", "¥": "JPY", "₹": "INR", "₽": "RUB", "₺": "TRY"} | MONEY
SHOWN = 10
EXAMPLE = "/size 10000 1% BTC 4h"
WHAT_TO_SAY = (
    "How large is the account, and how much of it may one trade lose? Send both, and a market: "
    f"{EXAMPLE}. Without a market I take the one that we spoke of last. An amount at risk will "
    "do, too: /size 10000 100 BTC."
)
WHICH_MARKET = f"Which market is it for? None was spoken of here yet. Send, for example, {EXAMPLE}."
ONE_MARKET = (
    "I size one market at a time, and this could be {markets}. Send the one that you mean: "
    "/size 10000 1% {symbol}."
)
TOO_LONG = f"That is too long for /size. Send the account, the risk and a market: {EXAMPLE}."
NO_ACCOUNT = (
    'I found no amount that could be the account in "{text}". Send it beside the risk, in digits: '
    f"{EXAMPLE}. (15m is a timeframe; a million is 1000k or $1m.)"
)
NO_RISK = (
    "I read one amount, {account}, and no risk. Send the account and what one trade may lose, as a "
    f"percentage or as an amount: {EXAMPLE}, or /size 10000 100 BTC."
)
TOO_MANY_AMOUNTS = (
    "I cannot tell which of these amounts is which: {amounts}. Send the account and the risk, and "
    f"a timeframe as 4h: {EXAMPLE}."
)
MINUTES_UNCLEAR = (
    "{number} could be an amount or a timeframe in minutes. Send the risk in percent, and the "
    f"timeframe as 4h: {EXAMPLE}."
)
NUMBER_UNCLEAR = (
    "I am not sure which number {number} is. Send it without separators, with a point only before "
    "a fraction: 10000, or 1250.50."
)
PERCENT_UNCLEAR = (
    f'I cannot read the risk in "{{text}}". Send one percentage, such as 1% or 0.5%: {EXAMPLE}.'
)
PERCENT_RANGE = (
    f"A risk of {{percent}} % is none: it has to be more than 0 % and at most 100 %. "
    f"Send, for example, {EXAMPLE}."
)
AMOUNT_RANGE = (
    "I cannot size with {amount}: amounts have to be more than 0 and at most a thousand trillion. "
    f"Send, for example, {EXAMPLE}."
)
RISK_RANGE = (
    "The amount at risk, {risk}, is more than the account, {account}. The account comes first: "
    "/size 10000 100 BTC."
)

HEADING = "📏 Position size for {title}"
ACCOUNT = "Account {account} {quote}, risk {percent} %: {at_risk} {quote}"
ACCOUNT_AMOUNT = "Account {account} {quote}, at risk {at_risk} {quote} ({share})"
STOP = "Price {price}, stop 1.5 ATR {side}: {stop}"
DISTANCE = "{upper} - {lower} = {distance} ({share} of the price)"
AMOUNT = "{at_risk} / {distance} = {amount} {base}, rounded down"
WORTH = "{amount} x {price} = {worth} {quote}, {share} the account"
CREDIT = (
    "⚠️ That is more than the account has: it takes borrowed money. Without any, the account is "
    "enough for {affordable}, and the stop then costs {loss} {quote} ({share} of the account)."
)
SIDES = {
    Signal.BUY: "The rules say {verdict}: the stop is below the price.",
    Signal.HOLD: "The rules say {verdict}: the stop is below the price, as for buying.",
    Signal.SELL: (
        "The rules say {verdict}: the stop is above the price, and this is the size of a short "
        "position."
    ),
}
ASKED_SHORT = (
    "You asked for a short position: the stop is above the price. The rules say {verdict}."
)
ASKED_LONG = "You asked to buy: the stop is below the price. The rules say {verdict}."
TOUCHED = "🛑 Such a stop was touched {often} times in 100 within {horizon} candles."
OTHER_MONEY = "⚠️ All amounts are in {quote}, this market's money: {currency} is not converted."
NOT_KNOWN = (
    "Fees, slippage, a gap beyond the stop and the exchange's smallest order are not in this sum. "
    "It is arithmetic, no advice."
)
NO_SIZE = "📏 There is no position size for {title}: {why}"
_WHY = {
    Why.STANDS_STILL: (
        "the price of {price} stands still, 1.5 ATR are {distance}, so the stop has no distance "
        "from it. Try a longer timeframe: /size 10000 1% {symbol} 1d."
    ),
    Why.TOO_WIDE: (
        "1.5 ATR ({distance}) are at least as much as the price ({price}), so no such stop is "
        "below it. Try a shorter timeframe: /size 10000 1% {symbol} 15m."
    ),
    Why.TOO_SMALL: (
        "so little is at risk that less than 0.000000000001 of a coin is left. Send a larger "
        "account or risk: /size 10000 1% {symbol}."
    ),
}
NO_DATA = (
    "{reason}\n\nWithout a price and an ATR there is no size. Please try again in a moment, or "
    f"with another market or timeframe: {EXAMPLE}."
)
NOT_FOUND = f"{{reason}}\n\nSend /size with a market and a timeframe that there are: {EXAMPLE}."


def size(report: Report, found: Position, asked: SizeRequest) -> str:
    """The position in the market of `report`, with the arithmetic line by line."""
    _, _, quote = report.symbol.partition("/")
    lines = [
        HEADING.format(title=report.title),
        "",
        *_arithmetic(report, found, asked.percent),
        "",
        _side(report, asked),
        *_touched(report, above=found.stop > found.price),
        *_credit(report, found),
        *_other_money(asked, quote),
        NOT_KNOWN,
    ]
    return "\n".join(lines)


def _arithmetic(report: Report, found: Position, percent: Decimal | None) -> tuple[str, ...]:
    """The five lines in which everything is computed; `percent` is the risk that was asked for."""
    base, _, quote = report.symbol.partition("/")
    account, at_risk = formats.money(found.account), formats.money(found.at_risk)
    price, stop, distance = (
        f"{value:,.{found.decimals}f}" for value in (found.price, found.stop, found.distance)
    )
    amount, worth = formats.coins(found.amount), formats.about(found.worth)
    first = {"account": account, "quote": quote, "at_risk": at_risk}
    away = formats.share(found.distance, found.price)
    if found.stop > found.price:
        side, far = "above", DISTANCE.format(upper=stop, lower=price, distance=distance, share=away)
    else:
        side, far = "below", DISTANCE.format(upper=price, lower=stop, distance=distance, share=away)
    return (
        ACCOUNT.format(**first, percent=formats.plain(percent))
        if percent is not None
        else ACCOUNT_AMOUNT.format(**first, share=formats.share(found.at_risk, found.account)),
        STOP.format(price=price, side=side, stop=stop),
        far,
        AMOUNT.format(at_risk=at_risk, distance=distance, amount=amount, base=base),
        WORTH.format(
            amount=amount,
            price=price,
            worth=worth,
            quote=quote,
            share=formats.times(found.worth, found.account),
        ),
    )


def no_size(report: Report, why: Why, price: float, atr: float) -> str:
    """Why there is no size in the market of `report`."""
    distance, written = format_price(STOP_ATRS * atr, like=price), format_price(price)
    said = _WHY[why].format(symbol=report.symbol, price=written, distance=distance)
    return NO_SIZE.format(title=report.title, why=said)


def one_market(requests: Sequence[Request]) -> str:
    """What to say where more than one market could be meant."""
    markets = " or ".join(request.symbol for request in requests[:SHOWN])
    return ONE_MARKET.format(markets=markets, symbol=requests[0].symbol)


def _side(report: Report, asked: SizeRequest) -> str:
    if asked.short is not None:
        return (ASKED_SHORT if asked.short else ASKED_LONG).format(verdict=report.verdict)
    return SIDES[report.signal].format(verdict=report.verdict)


def _touched(report: Report, *, above: bool) -> tuple[str, ...]:
    """How often such a stop was touched; what is known is of the side that the rules' stop has."""
    evidence = report.evidence
    if not evidence or not evidence.touched or above != report.signal.stops_above:
        return ()
    often = f"{100 * evidence.touched.stop:.0f}"
    return (TOUCHED.format(often=often, horizon=evidence.horizon),)


def _credit(report: Report, found: Position) -> tuple[str, ...]:
    base, _, quote = report.symbol.partition("/")
    if not found.needs_credit:
        return ()
    return (
        CREDIT.format(
            affordable=f"{formats.coins(found.affordable)} {base}",
            loss=formats.about(found.affordable_loss),
            quote=quote,
            share=formats.share(found.affordable_loss, found.account),
        ),
    )


def _other_money(asked: SizeRequest, quote: str) -> tuple[str, ...]:
    """A line where another currency was named than the market's; all dollars are one."""
    named = NAMES.get(asked.currency, asked.currency.upper())
    if named in ("", quote) or (named in DOLLARS and "USD" in quote):
        return ()
    return (OTHER_MONEY.format(quote=quote, currency=asked.currency.upper()),)
