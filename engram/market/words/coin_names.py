"""The names of well-known coins in the languages in which people ask for them; data.

`~` stands before what is a word of everyday speech, too: it counts only where a market is spoken
of. Where a coin has had another ticker, both are named, the newer one first.
"""

import re
from dataclasses import dataclass
from functools import cache

from engram.market.words.fold import key

TABLE = """
BTC: bitcoin, bit coin, биткоин, биткойн, биток, біткоін, 比特币, 比特幣, ~大饼, ビットコイン,
  비트코인, बिटकॉइन, बिटकॉयन, बिटकाइन, بيتكوين, بتكوين, بٹ کوائن, بیت کوین, বিটকয়েন, บิทคอยน์,
  ביטקוין
ETH: ethereum, ether, etherium, ethereium, ~эфир, эфириум, эфірыум, ефіріум, этериум, эфирка,
  以太坊, 以太币, 以太幣, イーサリアム, イーサ, 이더리움, 이더, एथेरियम, इथेरियम, ईथर, إيثيريوم,
  ايثريوم, اثيريوم, ایتھیریم, ایتھریم, اتریوم, ইথেরিয়াম, ইথার, อีเธอเรียม, אתריום
BCH: bitcoin cash, bitcoincash, биткоин кэш, 比特币现金, 比特幣現金, ビットコインキャッシュ,
  비트코인캐시, 비트코인 캐시, बिटकॉइन कैश, بيتكوين كاش, بٹ کوائن کیش, বিটকয়েন ক্যাশ
BSV: bitcoin sv, bitcoinsv, bitcoin satoshi vision, 비트코인에스브이, 比特币sv
BTG: bitcoin gold, 비트코인골드, 比特币黄金, биткоин голд
BCD: bitcoin diamond
BTCP: bitcoin private
HBTC: huobi bitcoin
WBTC: wrapped bitcoin, wrapped btc
SOLVBTC: solv btc, solv bitcoin
ETC~: ethereum classic, ether classic, эфириум классик, эфир классик, 以太经典, 以太坊经典,
  以太經典, イーサリアムクラシック, 이더리움클래식, 이더리움 클래식, एथेरियम क्लासिक,
  إيثيريوم كلاسيك, ایتھیریم کلاسک, ইথেরিয়াম ক্লাসিক
ETHW: ethereum pow, ethereumpow
ENS~: ethereum name service
STETH: staked ether, staked ethereum, staked eth, lido staked ether
WETH: wrapped ether, wrapped ethereum, wrapped eth
USDT: tether, ~тезер, 泰达币
XRP: ~ripple, рипл, риппл, 瑞波币, 瑞波幣, 瑞波, リップル, ~리플, रिपल, ريبل, ریپل, رپل, রিপল
BNB: binance coin, binancecoin, 币安币, 幣安幣, バイナンスコイン, 바이낸스코인, बिनेंस कॉइन,
  بينانس كوين
SOL~: solana, солана, солан, 索拉纳, 索拉納, ソラナ, 솔라나, सोलाना, सोलना, سولانا, সোলানা
DOGE: dogecoin, doge coin, дожкоин, догикоин, ~доги, 狗狗币, 狗狗幣, 狗币, ドージコイン, ドージ,
  도지코인, 도지, डॉजकॉइन, डोजकॉइन, दोगेकॉइन, دوجكوين, دوج كوين, دوجيكوين, ڈوج کوائن, دوج کوین,
  ডজকয়েন, ডোজকয়েন
BABYDOGE|1MBABYDOGE: baby doge, baby doge coin, babydoge
ELON~: dogelon, dogelon mars
ADA~: cardano, кардано, 艾达币, 卡尔达诺, カルダノ, 카르다노, ~에이다, कार्डानो, كاردانو, کارڈانو,
  কার্ডানো
TRX: ~tron, ~трон, 波场, 波場, トロン, 트론, ट्रॉन, ترون, ٹرون, ট্রন
AVAX: ~avalanche, авакс, 雪崩币, アバランチ, 아발란체, أفالانش, এভালাঞ্চ
LINK~: chainlink, ~chain link, чейнлинк, чеинлинк, チェーンリンク, 체인링크, चेनलिंक, تشين لينك
DOT~: polkadot, полкадот, 波卡, 波卡币, ポルカドット, 폴카닷, पोल्काडॉट, بولكادوت, پولکاڈاٹ,
  পোলকাডট
LTC: litecoin, lite coin, лайткоин, лаиткоин, 莱特币, 萊特幣, ライトコイン, 라이트코인, लाइटकॉइन,
  لايتكوين, لائٹ کوائن, لایت کوین, লাইটকয়েন
XLM: ~stellar, stellar lumens, ~lumens, стеллар, 恒星币, ~ステラ, 스텔라루멘, ستيلر
ATOM~: ~cosmos, cosmos hub, 宇宙币, ~코스모스
UNI~: uniswap, юнисвап, 유니스왑, ユニスワップ
NEAR~: near protocol, 니어프로토콜
APT~: aptos, аптос, 앱토스
SUI~: ~수이
ARB~: arbitrum, арбитрум, 아비트럼
OP~: ~optimism
INJ: ~injective, 인젝티브
TIA~: celestia
FET~: fetch ai, fetch.ai, ~artificial superintelligence alliance
RENDER|RNDR~: render token, render network, ~render
RNDR: rndr
IMX: immutable x, immutablex, ~immutable
AAVE: ааве
MKR: makerdao, maker dao, ~maker
ALGO~: algorand, алгоранд, 알고랜드
FIL~: filecoin, файлкоин, 파일코인
HBAR: hedera, hedera hashgraph, 헤데라
VET~: vechain, 비체인
ICP: ~internet computer
EOS~: ~иос, 이오스
XTZ: tezos, тезос, 테조스
EGLD: multiversx, ~elrond
SAND~: ~the sandbox, ~sandbox, 샌드박스
MANA~: decentraland, 디센트럴랜드
AXS: axie infinity, ~axie
GALA~: gala games
APE~: apecoin, ape coin
GRT: ~the graph
RUNE~: thorchain
FTM: fantom
S~: ~sonic
CRV: curve dao, curve finance
SUSHI~: sushiswap
SNX: synthetix
COMP~: compound finance
YFI: yearn finance, ~yearn
ZEC: zcash, зикеш, 지캐시
DASH~:
XMR: monero, монеро, 门罗币, モネロ, 모네로, मोनेरो, مونيرو, মনেরো
TON~: toncoin, ton coin, тонкоин, 톤코인, ~the open network
NOT~: notcoin, ноткоин
PEPE~: ~пепе, 페페
PEPECOIN: pepecoin
SHIB: ~shiba inu, ~shiba, shibainu, ~шиба ину, ~шиба, шиб, 柴犬币, 屎币, シバイヌ, 시바이누,
  शीबा इनु, ~شيبا, شيبا اينو, শিবা ইনু
FLOKI: floki inu, 플로키
BONK~: 봉크
WIF: dogwifhat
WLD: worldcoin
ORDI: ~ordinals
JUP: ~jupiter
PYTH: pyth network
STX: ~stacks
POL|MATIC~: polygon matic, ~polygon, полигон матик, 폴리곤
MATIC: matic
LUNC: terra classic, luna classic
LUNA~: terra luna
CHZ: chiliz, 칠리즈
KAVA~: ~kava
ENA~: ethena
ETHFI: ether fi, ether.fi
STRK: starknet
LDO: lido dao
ONDO: ondo finance
CAKE~: pancakeswap
DYDX: dydx
PAXG: pax gold, paxos gold
1INCH: ~one inch
THETA~: theta network
KSM: kusama
QTUM: qtum
ZIL: zilliqa
IOTA~: iota
NEO~:
BAT~: basic attention token
ENJ: enjin
TRUMP~: official trump, trump coin
HYPE~: hyperliquid
KAS~: kaspa
TAO~: bittensor
OKB: okb
CRO~: ~cronos
LEO~: leo token
KNC: kyber network
LRC: loopring
ZRX: zrx
FDUSD: first digital usd
BUSD: binance usd
-: the ether, diethyl ether, eth zurich, ripple effect, ripple effects, polka dot, ethernet,
  以太网, イーサネット, 도지사, gold spot, chain link fence, chain of thought, прямои эфир,
  в эфире, прямом эфире, эфирные масла
"""
# Endings that a name takes in Slavic and Turkic languages, German, Bengali ...; no others, because
# "ethereumpow" is a coin of its own.
ENDINGS = (
    "s|es|a|u|e|y|i|em|om|ie|owi|in|un|en|nin|yi|da|de|dan|den|а|у|е|ы|и|я|ю|ом|ем|ои|ами|ах|ов|"
    "র|ের|এর|কে|তে|টা"
)
ARABIC_BEFORE = "و?(?:بال|لل|ال|ب|ل)?"
KATAKANA = "\u30a1-\u30fa\u30fc"
# Words in katakana that follow a name without a space.
KATAKANA_AFTER = "チャート|トレード|ショート|ロング|マーケット"


@dataclass(frozen=True, slots=True)
class Named:
    """A coin's name at `start` to `end` of a text; `tickers` are those that it has or had.

    `is_word` tells that the name is also a word of everyday speech. Without tickers it is a phrase
    that only looks like a coin's name.
    """

    start: int
    end: int
    tickers: tuple[str, ...]
    is_word: bool


def find(low: str) -> list[Named]:
    """The names in `low`, a folded text in lower case; of two that overlap the longer one."""
    pattern, known = _compiled()
    return [
        Named(*one.span(), *known[_spaced(one[one.lastindex or 0])])
        for one in pattern.finditer(low)
    ]


@cache
def tickers(*, words: bool) -> frozenset[str]:
    """The tickers of well-known coins; with `words` also those that are everyday words."""
    heads = (line.partition(":")[0] for line in _lines())
    return frozenset(
        ticker for head in heads if words or "~" not in head for ticker in _split(head)
    )


@cache
def _compiled() -> tuple[re.Pattern[str], dict[str, tuple[tuple[str, ...], bool]]]:
    known: dict[str, tuple[tuple[str, ...], bool]] = {}
    for line in _lines():
        head, _, names = line.partition(":")
        for name in filter(None, map(str.strip, names.split(","))):
            known[_spaced(key(name.removeprefix("~")))] = (_split(head), name[0] == "~")
    groups: dict[str, list[str]] = {}
    for name in sorted(known, key=len, reverse=True):
        groups.setdefault(_script(name), []).append(name)
    start = r"(?<![^\W_])"
    after = "|".join(key(word) for word in KATAKANA_AFTER.split("|"))
    parts = (
        rf"{start}(?:{ARABIC_BEFORE})({_either(groups['spaced'])})(?:'?(?:{ENDINGS}))?(?![^\W_])",
        rf"{start}({_either(groups['hangul'])})",
        rf"(?<![{KATAKANA}])({_either(groups['katakana'])})(?=(?:{after})|[^{KATAKANA}]|$)",
        f"({_either(groups['unspaced'])})",
    )
    starts = re.escape("".join({name[0] for name in known}))
    return re.compile(f"(?=[{starts}{key('وبل')}])(?:{'|'.join(parts)})"), known


def _script(name: str) -> str:
    """How words are set apart in the script that `name` begins in."""
    first = name[0]
    if "\u1100" <= first <= "\u11ff":
        return "hangul"
    if "\u30a0" <= first <= "\u30ff":
        return "katakana"
    return "unspaced" if first >= "\u2e80" or "\u0e00" <= first <= "\u0e7f" else "spaced"


def _either(names: list[str]) -> str:
    """A pattern for any of `names`, by first letters, which makes it fast."""
    by_letter: dict[str, list[str]] = {}
    for name in names:
        by_letter.setdefault(name[0], []).append(re.escape(name[1:]).replace(r"\ ", r"[\s-]{1,2}"))
    return "|".join(f"{re.escape(one)}(?:{'|'.join(rest)})" for one, rest in by_letter.items())


def _spaced(name: str) -> str:
    return re.sub(r"[\s-]+", " ", name)


def _split(head: str) -> tuple[str, ...]:
    return tuple(head.rstrip("~").split("|")) if head != "-" else ()


def _lines() -> list[str]:
    return TABLE.strip().replace("\n  ", " ").splitlines()
