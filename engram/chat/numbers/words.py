"""The words around a number that tell what it is about, in the languages people write; pure."""

import re

# Names of indicators with a value between 0 and 100, which needs no decimals.
INDICATOR = re.compile(
    r"\b(?:RSI|ADX|MFI|CCI|CMO|Aroon(?: (?:up|down))?|Stoch\w*(?:\W{1,2}[KD]\b)?"
    r"|Williams(?:\W{1,2}R\b)?|Fear\W{1,3}(?:and )?Greed\w*)\b",
    re.IGNORECASE,
)
# What may stand between an indicator's name and its value; any other word tells something else.
IS = re.compile(
    r"(?:[\s:=|*_~≈–—-]|\(?\b14\b\)?(?=\s*[:=|*)]|\s+(?:is|at|bei|à|a|en|em|de|of|reads?)\b)"
    r"|\b(?:index|value|reading|reads?|is|at|of|now|currently|has|have|sits|stands?|stays|remains"
    r"|hover(?:s|ing)|around|about|nearly|roughly|just|only|already|dropped|drops|fell|fallen"
    r"|risen|rose|climbed|jumped|down|up|to|a|an|the|clearly|deeply"
    r"|liegt|steht|notiert|beträgt|ist|bei|von|auf|aktuell|derzeit|gefallen|gestiegen|nur|mit|der"
    r"|est|à|de|vaut|affiche|tombe|está|esta|en|em|es|é|un|marca|cae|sube|actual|atual)\b"
    r"|[`\[(](?=[\d*]))*",
    re.IGNORECASE,
)
# Values that stand in every textbook, where one of these words is near.
TEXTBOOK = frozenset((10, 20, 25, 30, 40, 45, 50, 55, 60, 70, 75, 80, 90))
THRESHOLD = re.compile(
    r"overbought|oversold|überkauft|überverkauft|surach|survend|sobre-?compra|sobre-?vend|threshold"
    r"|schwelle|seuil|umbral|limiar|level|line\b|mark\b|zone|textbook|above|below|over\b|under\b"
    r"|between|über|unter|dessus|dessous|sous\b|encima|debajo|acima|abaixo|[<>≥≤]",
    re.IGNORECASE,
)
RETRACEMENT = re.compile(
    r"(?<![\d.,])(?:(23[.,]6|38[.,]2|50|61[.,]8|70[.,]5|78[.,]6|88[.,]6|127[.,]2|141[.,]4"
    r"|161[.,]8|261[.,]8)(?:[.,]0)?\s?[%％]|0?[.,](236|382|5|618|705|786|886)\b)"
)
FIBONACCI = re.compile(
    r"23[.,]6|38[.,]2|61[.,]8|78[.,]6|\bfib|retrac|retroces|golden (?:ratio|pocket)|extension",
    re.IGNORECASE,
)
# Percentages of somebody's own money.
OWN_MONEY = re.compile(
    r"risk|riski|risque|risco|riesg|account|konto|kapital|capital|compte|cuenta|\bconta\b|portfolio"
    r"|depot|portefeuille|cartera|position|einsatz|equity|balance|(?:per|pro|par|por) trade",
    re.IGNORECASE,
)
ACCOUNT = re.compile(r"\W{0,3}(?:account|konto|kapital|capital|portfolio|compte|cuenta)", re.I)
VOLUME = re.compile(
    r"volum|handel|average|usual|normal|durchschn|moyenne|\bmedia\b|média|promedio", re.IGNORECASE
)
# Amounts of somebody's own money.
SIZE = re.compile(
    OWN_MONEY.pattern + r"|loss|lose|gain|profit|size|buy|coins|verlust|gewinn|größe|stück|perte"
    r"|taille|pérdida|ganancia|tamaño|perda|lucro|tamanho|achet|comprar|kauf",
    re.IGNORECASE,
)
# The levels of an analysis, by the words for them. Data is mostly digits: the letters with which
# these words begin are looked for first, which takes a fifteenth of the time.
LEVELS = re.compile(
    r"(?=[befgmnprsuw])(?:"
    r"(?P<support>support|soporte|suporte|unterstützung)|(?P<resistance>resist|résist|widerstand)"
    r"|(?P<ema>\bEMA|\bMA\b|moving average|moyenne mobile|gleitend)"
    r"|(?P<band>bollinger|\bband)|(?P<stop>stop)"
    r"|(?P<range>range|next \d+ candles?|spanne|plage|rango|faixa))",
    re.IGNORECASE,
)
TICKER = re.compile(r"\s?(?!USD|EUR|GBP|ATR|R\b)[A-Z]{2,6}\b")
FACTOR = re.compile(r"[\d)]\s?[×x*·÷]\s?$")
# After a count of time.
UNIT = re.compile(r"\s?(?:candle|minute|hour|day|week)", re.IGNORECASE)
# How often signals came true and what chance is; the odds of anything; the share of a range.
RATES = re.compile(
    r"(\d{1,3}(?:\.\d+)?) %(?: of the time, chance is|\); by chance) (\d{1,3}(?:\.\d+)?) %"
)
# What became of a signal here: how often it was given, right, and expected to be by chance.
RECORD = re.compile(r"given (\d{1,6}) times here, right (\d{1,6}), chance (\d{1,6})")
ODDS = re.compile(r"(?<![\d.,])(\d{1,3}(?:\.\d+)?) (?:% of the time|(?:times )?in 100\b)")
INSIDE = re.compile(r"\), (\d{1,2}) %: ")
# What is no distance, but counted: "61 times in 100", "4 percentage points".
COUNTED = re.compile(r"\s100$|point|punkt|puntos|pontos|pp$", re.IGNORECASE)
# Around the difference of two rates. Around a frequency, and around what it leaves of 100 %.
CHANCE = re.compile(
    r"chance|random|coin|luck|\bedge\b|advantage|zufall|vorteil|hasard|azar|acaso|avantage|ventaja"
    r"|vantagem",
    re.IGNORECASE,
)
OFTEN = re.compile(
    r"cases?\b|times?\b|chance|probab|\bodds|likel|often|signals?\b|clos(?:es|ing)\b|fäll|\bmal\b"
    r"|wahrsch|schließ|\bcas\b|fois|casos|veces|vezes|clôtur|cierr|fech",
    re.IGNORECASE,
)
LEFT = re.compile(
    r"\bnot\b|n't\b|\bun\w+ed\b|without|outside|beyond|miss|fail|wrong|false|remaining|rest\b|other"
    r"|below|above|nicht|kein|ohne|außerhalb|übrig|falsch|unter|über|dehors|sans|échou|fuera|sin\b|sem\b"
    r"|fora\b|falh|fall[aóoe]|restant",
    re.IGNORECASE,
)
# After a number that is no value: one to calculate with, or a bound.
OPERATOR = re.compile(r"\s?[-−+/*×]\s?\d|\s(?:or|and) (?:more|less|above|below|higher|lower)\b")
# The time of day, or the day of a month, of a candle.
_MONTH = (
    r"(?:jan|ene|feb|fév|fev|mar|mär|apr|avr|abr|ma[iy]|jui?n|jui?l|aug|août|ago|sep|set|o[ckuç]t|out"
    r"|nov|de[czé]|déc|dic)"
)
TIME = re.compile(
    rf"\b(\d{{2}}:\d{{2}})\b|\b(\d{{1,2}})\.? (?:de )?{_MONTH}|\b{_MONTH}\w* (\d{{1,2}})\b",
    re.IGNORECASE,
)
# After a number that multiplies what follows: 1.5 ATR, 2R, 1.5 × 32.35.
MULTIPLIES = re.compile(r"\s?[x×*·-]?\s?(?:times )?(?:the )?(?:ATRs?|R)\b|\s?[x×*·]\s?\d", re.I)
ATR = re.compile(r"\bATR", re.IGNORECASE)
# Before and after a part of a ratio.
RATIO = re.compile(
    r"(?:\b\d+(?P<decimals>[.,]\d+)?\s?[:/]\s?|[:/](?:R|reward)\b[^\d\n]{0,14}"
    r"|\bR[:/]?R\b(?:[^\d\n]|(?<=TP)\d){0,16}"
    r"|\b(?:ratio\w{0,8}|verhältnis\w{0,8}|relación|relação|rapport|CRV)[^\d\n]{0,14})$",
    re.IGNORECASE,
)
TO_ONE = re.compile(r"\s?(?::|to|zu|pour|a|para)\s?\d")
REWARD = re.compile(
    r"\d ?R\b|R[:/]R|reward|\b1(?::| : )\d|CRV|ratio|risk|risque|riesgo|risco|risiko", re.IGNORECASE
)
# After the place of a price in a move.
PLACE = re.compile(
    r"\s?(?:of|der|des|dieser|de|del|da) (?:(?:that|the|this|its|la|le|este) )?"
    r"(?:move|swing|range|rally|drop|way|spanne|bewegung|rango|plage|faixa)",
    re.IGNORECASE,
)
MIDDLE = re.compile(
    r"mid|half|average|mitte|durchschn|milieu|moyen|medio|meio|média", re.IGNORECASE
)
# A price that everybody looks at because it is round.
ROUND = re.compile(
    r"psycholog|psicol|round|runde|rond|redond|circle|\bmark\b|\bmarke\b|barrier|hürde|barrera",
    re.IGNORECASE,
)
# What was the price a day before.
AGO = re.compile(
    r"yesterday|\bago\b|day before|24 ?h|gestern|\bhier\b|ayer|ontem|earlier|vor 24", re.IGNORECASE
)
# Before a number that is not meant to be exact, a lower bound, and an upper bound.
ABOUT = re.compile(
    r"(?:[~≈]|(?<!\w)(?:about|around|roughly|approx\w{0,9}\.?|near(?:ly)?|almost|close to|some"
    r"|just (?:under|over)|etwa|rund|ca\.|knapp|gut|fast|circa|environ|presque|près de|autour de"
    r"|unos|casi|cerca del?|alrededor de|aproximadamente|quase))\W{0,4}$",
    re.IGNORECASE,
)
MORE = re.compile(
    r"(?:[>≥]|(?<!\w)(?:more than|over|above|at least|mehr als|über|plus de|más de|mais de))"
    r"\W{0,4}$",
    re.IGNORECASE,
)
LESS = re.compile(
    r"(?:[<≤]|(?<!\w)(?:less than|under|below|within|at most|up to|weniger als|unter|moins de"
    r"|menos de))"
    r"\W{0,4}$",
    re.IGNORECASE,
)
# Before a whole number that claims to be a price.
PRICE = re.compile(
    r"(?:target|stop(?:[- ]?loss)?|support|r[eé]sist\w{1,16}|entry|price|ziel|kurs|unterstützung"
    r"|widerstand|einstieg|objecti[fv]\w{0,8}|objetivo|soporte|suporte|alvo|take.?profit|tp|sl|trad\w{1,16}"
    r"|(?:buy|sell|achet|vend|compr|kauf)\w{0,16}[^\d\n.;]{0,12}\s(?:at|around|near|bei|à|a|en|em)"
    r"|hover\w{0,8}|below|above|toward\w{0,8}|über|unter)[^\d\n.;]{0,12}$",
    re.IGNORECASE,
)
# Before a level that is no target.
STOP = re.compile(r"stop[^\d\n.;,]{0,16}$|\bSL[^\d\n.;,]{0,6}$", re.IGNORECASE)
# What so many coins cost together.
MANY = re.compile(
    r"\b(?:an?|one|per|eine?|un|uno|une|um)\s(?:(thousand|tausend|mil\b|millier)|(mill?i?[oóõ]\w*|milhão)"
    r"|(billion|milliard\w*))",
    re.IGNORECASE,
)
INTERVAL = re.compile(r"\s?-?(?:confidence )?(?:interval|konfidenz|intervall)", re.IGNORECASE)
# What is no statement about a market, but an example.
EXAMPLE = re.compile(
    r"e\. ?g\.|for (?:example|instance)|\bsay\b|suppose|\bif\b|z\. ?B\.|zum Beispiel|\bwenn\b"
    r"|\bfalls\b|par exemple|\bs[ei]\b"
    r"|por (?:ejemplo|exemplo)|例如|例えば",
    re.IGNORECASE,
)
# That a text is about a market at all.
MARKET = re.compile(
    r"\b(?:price|trad(?:es|ing|ed)\b|support|r[eé]sist|rsi\b|macd|ema\b|adx|atr\b|target|stop|entry"
    r"|bullish|bearish|btc|eth\b|sol\b|xrp|doge|usdt|bitcoin|ether|solana|crypto|market cap|24 ?h"
    r"|kurs|preis|unterstützung|widerstand|notiert|cours\b|prix\b|cote\b|precio|soporte|cotiza"
    r"|preço|suporte|liquidat|dogecoin|altcoin|цена|курс|биткоин)|币|価格|价格",
    re.IGNORECASE,
)
