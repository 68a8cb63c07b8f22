"""Words of everyday speech, and words that are said about markets; data.

They decide whether "link" is a coin. All are in their comparable form (`fold.key`).
"""

from engram.market.words.fold import key


def _words(text: str) -> frozenset[str]:
    return frozenset(key(text).split())


# Words that say nothing about which market is meant.
FILLER = _words(
    "a an the and or vs versus with against of on for in at to from by is are was be do does did "
    "can could would should will shall may i me my we us you your u he she it its they them this "
    "that these those there here what whats which who how hows when where why much many about "
    "same but so then than as if not no yes ok okay please pls plz plss thx thanks ty hey hi "
    "hello yo gm now right today tonight tomorrow rn atm still just again also too next more "
    "quick quickly give show tell get let lets see check want need know think like looking look "
    "looks look doing going go goes up down over any some good bad better best really ever again "
    "lol bro bruh mate ser sir fam man guys x s t d m re ll ve st one ahora agora adesso "
    "maintenant jetzt сейчас теперь sekarang simdi now abhi y e o u en el la los las de del al "
    "un una por favor porfa es esta como que y si para con le les du des et ou est sur dans stp "
    "svp pour der die das den dem ein eine und oder auf im am ist wie bitte was mal fur zu soll "
    "ich os as um uma no na nos do da em e ou esta ta sobre para и а но на по в во у с со за ли "
    "это что как там же бы мне или kalau di ke yang ini itu dan atau untuk dong gimana bagaimana "
    "apa ve ile icin bu su o ne mi mu da de peki का की के पर और क्या है में को على في و من ما هل "
    "هو كا كي كے پر اور کیا ہے এবং ও এর কি আর 那 呢 吗 的 和 在 怎么样"
)
# Names of things, or of what one does with them, that stand before a market: "price of X".
NOUNS = _words(
    "price prices value chart charts analysis analyse analyze analysing analyzing signal signals "
    "target targets entry exit rsi macd ema sma adx atr volume bollinger thoughts thought "
    "opinion view outlook forecast prediction predictions support resistance levels level trend "
    "long longs short shorts buy sell buying selling bullish bearish trade trading position bag "
    "stop setup news update candles funding invest investing precio cotizacion analisis senal "
    "grafico grafica prix cours graphique avis signal preco cotacao analise preis kurs analyse "
    "meinung prezzo fiyat fiyati grafigi analizi harga grafik analisa analisis цена цену цены "
    "курс график анализ прогноз мнение 价格 行情"
)
LINKS = _words("of for on about in into to de del di du da do von vom fur auf su na no по на о для")
# What one does with a market, directly before its name.
VERBS = _words(
    "buy sell short long hold hodl analyze analyse analysing analyzing compare dump accumulate "
    "price compra comprar compro vender vendo analiza analizar analise analisa analisar acheter "
    "vendre acheterais analyser kaufen verkaufen kaufe verkaufe analysiere analisis harga beli "
    "jual купить продать покупать продавать проанализируй цена analizza comprare vendere"
)
# What is said directly after a market's name.
AFTERWARDS = _words(
    "price chart usdt support resistance rsi macd ema sma adx atr volume target targets "
    "prediction analysis forecast outlook trend levels pump pumping pumped dump dumping dumped "
    "rally rallying breakout bullish bearish entry futures perp spot long short oversold "
    "overbought daily weekly hourly fiyati fiyat grafigi analizi alinir satilir"
)
# What only a market can be, or do: "X will flip Y", "X looks bullish".
MARKET_STATES = _words(
    "bullish bearish oversold overbought pumping dumping undervalued overvalued mooning crashing "
    "rallying dipping bottoming consolidating flip overtake"
)
# What a market can be, after its name: "is X a buy".
STATES = MARKET_STATES | _words("buy sell hold long short cooked")
# After "worth": what is done with a market.
DOING = _words("buying selling holding shorting longing keeping trading")
REACHES = _words("hit reach break touch see retest test")
IS = _words("is are hows s will to looks looking gonna going does did can has still")
AND = _words("and or vs versus with against und oder y et ou и или ve veya dan atau e o og en")
ENOUGH_AFTER = _words(
    "quick rundown summary comparison which what on now please pls today rn right thoughts who "
    "better here"
)
# Talk of a market, without its name: enough for a question about the market spoken of before.
TALK = frozenset(
    NOUNS | VERBS | STATES | AFTERWARDS
    | _words(
        "cost costs worth drop dropping rise rising fall falling move moves higher lower dip "
        "bounce profit loss losses leverage risk stoploss tp sl top bottom high low upside "
        "downside stronger strongest weaker weakest riskier riskiest safer safest volatile "
        "comprar vender acheter vendre kaufen verkaufen покупать продавать купить "
        "продать"
    )
)  # fmt: skip
IT = _words("it its ihn его ее него")
# Between "it" and what is compared with it.
COMPARED = _words("compare compares compared comparing vs versus against than")
# "The same for X", and "zoom out to weekly".
SAME = _words("same now then also igual mismo lo mesmo gleiche gleichen meme pareil stesso тоже то")
VIEW = _words("zoom out change switch view instead version timeframe timeframes tf frame candle")
# What is asked for after "what is a", if it is about the market: "a good entry".
KINDS = _words("good bad better best safe fair realistic reasonable sensible decent tight logical")
# What is done with the levels of a market.
DOES = _words("take say says set put place enter")
# What things are called in a command: "coin: btc, timeframe: 4h".
LABELS = _words("coin token pair symbol ticker market network crypto timeframe tf interval")
GENERAL = _words("mean means meaning stand stands define explain difference work works")
DEFINITE = _words("it this that these those the your my")
# Words before which, or after which, no coin is meant: "the link", "my key", "link me".
BEFORE_THINGS = _words(
    "the a an my your his her our their this that these those some no every each i we you he she "
    "they to me us el la los las le les un une una o os um uma der die das ein eine il lo gli "
    "mucho hace al au en na ao full so too very more most be been being am"
)
# Tickers that are such common words that even capitals may only stress them, or words of other
# trades: they need more than capitals.
COMMON = FILLER | _words(
    "gas people key keys move high low super hot win fun magic cake mask all now new day week "
    "month hour time home safe data bank gold cash money city bar sun war alt cat dog cow sign "
    "front portal pixel act bio auction hard soft open close old big first last run play god "
    "love life man men boy girl real true false free full max min mini top bot bots ai id io us "
    "uk eu usa gmt utc est pst cet pm am tv pc it ta dm dms ceo cto etf etfs api ath atl imo "
    "imho lol lmao fud fomo dca pnl roi tp sl rr ta nft nfts defi cex dex kyc otc ipo gdp cpi "
    "fed sec usd eur gbp jpy try brl nyse url pdf faq btw fyi asap wtf omg idk tbh smh ngl bio "
    "rsi macd ema sma atr adx ltf htf og vs"
)
# Coins that are called after everyday words.
COMMON |= TALK | _words(
    "quick alpha beta layer form shell red baby hyper virtual epic sonic orca banana usual init "
    "saga meme memes hook rare bond perp spell data dent chess combo cream farm hive iris keep "
    "wing waves audio badger band burger cyber flux lever joe ray dock elf mob ark bake troy "
    "tribe zen step sweat ghost gods fort forth gal rad pond pros cookie vine anime gun hippo "
    "cats dogs aura ever launch vana bless towns sky era tree kernel prom pro idea star rock "
    "rune stone stock stocks gaming privacy utility stable native security power energy world "
    "human space name names token coin coins tokens crypto market markets exchange wallet chain "
    "block node bridge swap pool stake gem ring king queen lion bull bear whale moon mars earth "
    "fire water ice wind rain storm ocean river forest plant flower apple orange lemon grape "
    "salt sugar milk bread rice pizza taco"
)
# Money that a market is asked in.
MONEY = {
    "usdt": "USDT", "usdc": "USDC", "fdusd": "FDUSD", "usd": "USD", "dollar": "USD",
    "dollars": "USD", "eur": "EUR", "euro": "EUR", "euros": "EUR", "gbp": "GBP", "pounds": "GBP",
    "try": "TRY", "brl": "BRL",
}  # fmt: skip
IN = _words("in to vs against versus en em")
PERPETUAL = _words("perp perps perpetual swap p")
# Exchanges, as they are written before a symbol.
VENUES = _words(
    "binance binanceus bybit okx okex coinbase kraken kucoin bitstamp bitfinex gate gateio mexc "
    "htx huobi bitget bingx deribit gemini upbit bithumb phemex bitmex poloniex cryptocom "
    "whitebit crypto index bitflyer coinex bitmart hitbtc"
)

# What the sets of words are looked up for, together.
NO_TICKERS = FILLER | TALK | COMMON | BEFORE_THINGS
SMALL_TALK = FILLER | TALK | IT | KINDS | DOES
DECISIONS = STATES | VERBS
# In lower case these are tickers only in "near price", "etc chart" and the like.
RARE = frozenset({"near", "etc"})
WEAK = COMMON | RARE
AFTER_TICKERS = AFTERWARDS | AND | ENOUGH_AFTER | STATES | NOUNS
BEFORE_NOUNS = BEFORE_THINGS - {"i", "we", "you", "to"}
ASKED = NOUNS | {"what", "how", "think"}
ASKED_FOR = ASKED - _words("support resistance levels level volume news update value")
BOUGHT = VERBS - {"long", "short", "hold", "dump", "compare"}
PRICED = frozenset({"price", "chart", "coin", "token"})
