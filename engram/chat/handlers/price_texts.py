"""What /price says: a line for each market, and which it does not show."""

PRICE = "{symbol} {price} ({facts})"
CHANGED = "{share} in {time}"
NO_PRICE = "⚠️ {symbol}: {reason}"
WHOSE_PRICE = (
    "Whose price? None was spoken of here yet. Send up to {most} markets: /price BTC, "
    "/price BTC ETH SOL."
)
NOT_PRICED = "I show {most} prices at a time, so not {markets}."
