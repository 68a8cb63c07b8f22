"""What is asked back when an alert is not plain."""

# A line each: a phone would break them anywhere.
EXAMPLES = (
    "Send one condition for one market, such as\n/alert BTC > 100000\n/alert ETH -5%\n"
    "/alert SOL 4h rsi < 30\n/alert BTC 1d close > ema50\n/alert BTC volume > 3\n"
    "/alert BTC 4h buy"
)
TOO_LONG = "That is too long for an alert."
NO_CONDITION = "What should I wait for?"
NO_MARKET = "Which market is the alert for?"
NO_LEVEL = "Which level should I wait for?"
NO_SIDE = "Above or below it?"
NO_DIRECTION = "{number} up or down? Write +{plain} or -{plain}."
CONTRADICTION = "I read two directions in it, and do not know which one is meant."
SEVERAL = "I read more than one condition in it, and an alert has one."
SEVERAL_MARKETS = "An alert is for one market, and I read {markets}."
NOT_UNDERSTOOD = 'I do not understand "{words}" in it.'
SPAN = 'An alert waits until it fires, so I cannot make use of "{words}".'
AMOUNT = (
    "Is {number} a price, or by how much the price moves? Write the price, as > {plain}, or a "
    "percentage, as +5%."
)
MILLION = '"{words}" is a timeframe: a million is 1000k.'
AMBIGUOUS = (
    "I am not sure which number {number} is: write it without separators, as 10000 or 1250.50."
)
PERCENTAGE = (
    "A percentage is a move of the price from now, as +5% or -3%, with no timeframe and no "
    "indicator."
)
TIMES = "Only volume is counted in times of its average, as volume > 3."
MACD = "Of the MACD I take the histogram: it is above 0 while the MACD is above its signal line."
AVERAGE = "I compare closes with the EMA 20, 50 and 200 of a timeframe, as close > ema50."
CLOSE = (
    "A close is compared with an average, as close > ema50. A price, as > 100000, counts whenever "
    "it is traded."
)
SIGNAL = "An alert for a signal is buy, sell, hold, or signal for every change, without a number."
POINT_OR_GROUP = "{number} may be two numbers: write {point} or {group}."
CURRENCY = "{market} is not quoted in {money}."
MORE = "An alert is on from now until it fires, and I take nothing but the condition from it."
HIT = 'Do you mean "as soon as it hits", or the past?'
RANGES = {
    "price": "No market has such a price.",
    "rsi": "The RSI is between 0 and 100.",
    "adx": "The ADX is between 0 and 100.",
    "macd": "That is no value of a MACD histogram.",
    "volume": "The volume is compared with its average: volume > 3 is three times as much.",
    "moves": "A move is at least 0.01 %, a fall less than 100 % and a rise at most 10,000 %.",
}


def question(reason: str) -> str:
    """What to say about an alert that is not plain for `reason`."""
    return f"{reason} {EXAMPLES}"
