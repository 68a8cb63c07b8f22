"""How often signals came true in a study of real candles, and what confidence that earns them.

The tables at the end are written by `python3 -m tests.study FOLDER --write`, which docs/signals.md
explains. A line of `SIGNALS` is

    timeframe signal own btc cases months came_true chance low_1 chance_1 low_2 chance_2

where `own` and `btc` are the daily signals of the market itself and of Bitcoin, `*` for any, and
`low` is the lower end of the 90 % interval of `came_true`, in the years to 2020 (1) and in 2021 and
2022 (2). Figures are shares, and "-" is none. A line of `STOPS` says how often 1.5 and 3 ATR below,
or above, the price were touched.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from functools import cache
from typing import NamedTuple

from engram.market.candles import DAY, Candles, duration
from engram.market.outcomes import Signal
from engram.market.symbols import DOLLARS

TIMEFRAMES = ("15m", "1h", "4h", "1d")
# The study looked at coins in Tether; other dollars are worth the same, other quotes move as well.
ALL_DOLLARS = (
    *DOLLARS, "BUSD", "DAI", "FDUSD", "FRAX", "GUSD", "LUSD", "PYUSD", "RLUSD", "SUSD", "TUSD",
    "USD1", "USDD", "USDE", "USDG", "USDP", "USDS",
)  # fmt: skip
# Money and gold that exchanges list like coins.
CURRENCIES = (
    "AEUR", "AUD", "BRL", "CAD", "CHF", "EUR", "EURC", "EURI", "EURQ", "EURR", "EURS", "EURT",
    "GBP", "JPY", "KRW", "PAXG", "TRY", "XAUT",
)  # fmt: skip
# A cell with fewer cases, or from fewer calendar months, says nothing.
ENOUGH_CASES, ENOUGH_MONTHS = 300, 12
# What comes true so often earns more than Medium.
OFTEN = 0.6
HORIZON = 24  # candles after which the study judged a signal
ATRS = (1.5, 3.0)  # distances whose touches the study counted; the first one is the stop


class Confidence(Enum):
    """What a signal has earned by coming true more often than chance."""

    HIGH = "High"
    MEDIUM = "Medium"
    LOW = "Low"


class Regime(NamedTuple):
    """The daily signals of the market itself and of Bitcoin; None where one is not known."""

    own: Signal | None = None
    btc: Signal | None = None


@dataclass(frozen=True, slots=True)
class Period:
    """Some years: the lower end of the rate's 90 % interval, and chance; None without figures."""

    low: float | None
    chance: float | None

    @property
    def held(self) -> bool:
        """Whether the signal came true more often than chance, and luck can hardly explain it."""
        return self.low is not None and self.chance is not None and self.low > self.chance


@dataclass(frozen=True, slots=True)
class Cell:
    """How often such signals came true, and how often the same happened at any candle (chance).

    "Such" are those of one timeframe and regime, over all coins and years of the study.
    """

    cases: int
    months: int
    rate: float
    chance: float
    early: Period  # the years to 2020
    late: Period  # 2021 and 2022

    @property
    def enough(self) -> bool:
        """Whether there are cases enough to say anything."""
        return self.cases >= ENOUGH_CASES and self.months >= ENOUGH_MONTHS

    @property
    def confidence(self) -> Confidence:
        """Medium if it held in both periods, High if besides it came true 60 % of the time."""
        if not (self.early.held and self.late.held):
            return Confidence.LOW
        return Confidence.HIGH if self.rate >= OFTEN else Confidence.MEDIUM


Key = tuple[str, Signal, Regime]


class Touched(NamedTuple):
    """How often the price went 1.5 and 3 ATR below, or above, the close within the horizon."""

    stop: float
    far: float


@dataclass(frozen=True, slots=True)
class Evidence:
    """What the study says about a signal: its cell and its stop, None where it was not studied.

    `regime` is what the daily signals were, and `horizon` the candles after which it is judged.
    """

    regime: Regime
    horizon: int
    cell: Cell | None = None
    touched: Touched | None = None

    @classmethod
    def of(cls, candles: Candles, horizon: int, signal: Signal, regime: Regime) -> Evidence:
        """The evidence for `signal` on `candles`."""
        if horizon != HORIZON or not is_studied(candles.symbol):
            return cls(regime, horizon)
        frame = candles.timeframe
        return cls(regime, horizon, find(frame, signal, regime), touched(frame, signal))

    @property
    def confidence(self) -> Confidence:
        """What the signal has earned: Low where nothing is known."""
        return self.cell.confidence if self.cell else Confidence.LOW


def find(timeframe: str, signal: Signal, regime: Regime) -> Cell | None:
    """What is known about such a signal; None if signals on `timeframe` were not studied.

    A cell that is too thin falls back to the one without the market's own daily signal, then to
    the one without any; so does one whose daily signals are not known.
    """
    cells, studied = _cells(), _same(timeframe)
    own = None if (duration(timeframe) or 0.0) >= DAY else regime.own
    regimes = [Regime(own, regime.btc), Regime(None, regime.btc)] if regime.btc else []
    found = (cells.get((studied, signal, one)) for one in (*regimes, Regime()))
    return next((cell for cell in found if cell), None)


def touched(timeframe: str, signal: Signal) -> Touched | None:
    """How often the stop of such a signal was touched; None if `timeframe` was not studied."""
    return _touches().get((_same(timeframe), "above" if signal.stops_above else "below"))


def is_studied(symbol: str) -> bool:
    """Whether `symbol` is a market such as the study looked at: a coin, priced in dollars."""
    base, _, quote = symbol.partition("/")
    return quote in ALL_DOLLARS and base not in (*ALL_DOLLARS, *CURRENCIES)


def _same(timeframe: str) -> str:
    """The timeframe of the study that is as long as `timeframe`; itself where there is none."""
    length = duration(timeframe)
    return next((one for one in TIMEFRAMES if duration(one) == length), timeframe)


@cache
def _cells() -> Mapping[Key, Cell]:
    cells: dict[Key, Cell] = {}
    for line in SIGNALS.strip().splitlines():
        timeframe, signal, own, btc, cases, months, *shares = line.split()
        rate, chance, *periods = map(_share, shares)
        cell = Cell(int(cases), int(months), rate or 0.0, chance or 0.0, *_periods(periods))
        if cell.enough:
            cells[timeframe, Signal(signal), Regime(_daily(own), _daily(btc))] = cell
    return cells


@cache
def _touches() -> Mapping[tuple[str, str], Touched]:
    lines = (line.split() for line in STOPS.strip().splitlines())
    return {(one, side): Touched(float(stop), float(far)) for one, side, stop, far in lines}


def _periods(shares: Sequence[float | None]) -> tuple[Period, Period]:
    return Period(*shares[:2]), Period(*shares[2:])


def _share(text: str) -> float | None:
    return None if text == "-" else float(text)


def _daily(text: str) -> Signal | None:
    return None if text == "*" else Signal(text)


# Written by the study: from here
# 2026-11-29: 288,476 cases of 47 coins, 2017-08 to 2022-12.
SIGNALS = """
15m BUY * * 7039 27 0.4826 0.4951 0.4578 0.4877 0.4682 0.4963
15m HOLD * * 9163 27 0.5258 0.5163 0.5141 0.5317 0.5102 0.5140
15m SELL * * 7632 27 0.4781 0.4993 0.4649 0.5120 0.4621 0.4974
15m BUY * BUY 2520 20 0.4837 0.4965 0.4424 0.4881 0.4648 0.4998
15m HOLD * BUY 3194 20 0.5163 0.5103 0.5041 0.5188 0.4900 0.5069
15m SELL * BUY 2468 20 0.4729 0.5020 0.4647 0.5115 0.4317 0.4981
15m BUY BUY BUY 855 13 0.4713 0.4886 - - 0.4294 0.4886
15m HOLD BUY BUY 1081 13 0.5023 0.4994 - - 0.4752 0.4994
15m SELL BUY BUY 747 13 0.4659 0.5091 - - 0.4377 0.5091
15m BUY HOLD BUY 340 14 0.5412 0.5346 - - 0.4638 0.5346
15m HOLD HOLD BUY 422 13 0.5569 0.5337 - - 0.4860 0.5337
15m SELL HOLD BUY 306 14 0.4346 0.4644 - - 0.3960 0.4644
15m BUY * HOLD 2265 26 0.4728 0.4920 0.4877 0.4909 0.4432 0.4921
15m HOLD * HOLD 2856 26 0.5546 0.5307 0.5302 0.5551 0.5345 0.5281
15m SELL * HOLD 2318 26 0.4646 0.5011 0.4099 0.5091 0.4364 0.5003
15m BUY BUY HOLD 499 16 0.4810 0.4922 - - 0.4299 0.4922
15m HOLD BUY HOLD 594 18 0.5589 0.5332 - - 0.5175 0.5332
15m SELL BUY HOLD 445 17 0.4697 0.5033 - - 0.4164 0.5033
15m BUY HOLD HOLD 871 20 0.4753 0.4923 - - 0.4350 0.4923
15m HOLD HOLD HOLD 1061 20 0.5344 0.5193 - - 0.4995 0.5193
15m SELL HOLD HOLD 916 19 0.4618 0.5004 - - 0.4363 0.5004
15m BUY SELL HOLD 306 17 0.4412 0.4761 - - 0.3739 0.4761
15m HOLD SELL HOLD 462 16 0.5563 0.5137 - - 0.5170 0.5137
15m SELL SELL HOLD 404 17 0.4975 0.5094 - - 0.4474 0.5094
15m BUY * SELL 2254 17 0.4911 0.4967 0.3529 0.4474 0.4629 0.4971
15m HOLD * SELL 3113 17 0.5092 0.5093 0.7576 0.7105 0.4881 0.5074
15m SELL * SELL 2846 18 0.4937 0.4951 0.4615 0.5526 0.4734 0.4945
15m BUY HOLD SELL 444 16 0.4820 0.4790 - - 0.4279 0.4790
15m HOLD HOLD SELL 663 16 0.5339 0.5342 - - 0.4991 0.5342
15m SELL HOLD SELL 634 16 0.5221 0.5135 - - 0.4876 0.5135
15m BUY SELL SELL 1506 15 0.4960 0.5065 - - 0.4645 0.5065
15m HOLD SELL SELL 2000 16 0.4925 0.4988 - - 0.4685 0.4988
15m SELL SELL SELL 1791 16 0.4813 0.4842 - - 0.4630 0.4842
1h BUY * * 60332 65 0.4664 0.4962 0.4505 0.5060 0.4448 0.4900
1h HOLD * * 76810 65 0.5288 0.5125 0.5128 0.5074 0.4991 0.5158
1h SELL * * 64739 65 0.4655 0.5007 0.4263 0.4922 0.4545 0.5060
1h BUY * BUY 24508 46 0.4762 0.5085 0.4461 0.5094 0.4422 0.5075
1h HOLD * BUY 25373 46 0.5122 0.4910 0.4696 0.4751 0.4758 0.5069
1h SELL * BUY 16191 46 0.4533 0.4898 0.4207 0.4890 0.4098 0.4906
1h BUY BUY BUY 13633 46 0.4708 0.5059 0.4433 0.5199 0.4243 0.4960
1h HOLD BUY BUY 12596 46 0.4839 0.4648 0.4216 0.4348 0.4570 0.4861
1h SELL BUY BUY 6490 45 0.4287 0.4930 0.3797 0.4791 0.4063 0.5028
1h BUY HOLD BUY 5453 42 0.5021 0.5265 0.4701 0.5197 0.4542 0.5327
1h HOLD HOLD BUY 6303 43 0.5567 0.5368 0.5216 0.5074 0.5033 0.5640
1h SELL HOLD BUY 4667 43 0.4549 0.4705 0.4002 0.4779 0.4003 0.4636
1h BUY SELL BUY 721 26 0.4730 0.5249 0.4059 0.5182 0.4407 0.5500
1h HOLD SELL BUY 1147 36 0.5257 0.4907 0.4522 0.4826 0.4751 0.5212
1h SELL SELL BUY 1260 36 0.4643 0.4731 0.4060 0.4801 0.3099 0.4470
1h BUY * HOLD 21021 56 0.4654 0.4909 0.4405 0.5146 0.4228 0.4756
1h HOLD * HOLD 26624 56 0.5578 0.5494 0.5550 0.5527 0.5113 0.5473
1h SELL * HOLD 21404 56 0.4780 0.5055 0.4005 0.4830 0.4629 0.5199
1h BUY BUY HOLD 4588 53 0.4776 0.5012 0.4498 0.5228 0.4288 0.4924
1h HOLD BUY HOLD 4543 52 0.5173 0.4965 0.4685 0.4707 0.4932 0.5071
1h SELL BUY HOLD 2367 52 0.4601 0.4972 0.3645 0.4760 0.4206 0.5059
1h BUY HOLD HOLD 9880 55 0.4668 0.4928 0.4463 0.5255 0.4167 0.4757
1h HOLD HOLD HOLD 12183 56 0.5603 0.5546 0.5599 0.5657 0.5093 0.5488
1h SELL HOLD HOLD 9719 55 0.4818 0.5036 0.3804 0.4723 0.4673 0.5200
1h BUY SELL HOLD 3432 48 0.4478 0.4758 0.4241 0.5241 0.3797 0.4490
1h HOLD SELL HOLD 5608 51 0.5724 0.5742 0.5488 0.5626 0.4918 0.5807
1h SELL SELL HOLD 5837 50 0.4864 0.5180 0.3800 0.4739 0.4738 0.5426
1h BUY * SELL 14071 42 0.4462 0.4877 0.3893 0.4794 0.4192 0.4904
1h HOLD * SELL 24016 42 0.5135 0.4953 0.4884 0.4975 0.4763 0.4946
1h SELL * SELL 26579 42 0.4636 0.5082 0.4185 0.5191 0.4300 0.5046
1h BUY BUY SELL 868 31 0.4297 0.4467 0.4510 0.4742 0.3617 0.4381
1h HOLD BUY SELL 967 32 0.4767 0.4499 0.3617 0.4326 0.4577 0.4553
1h SELL BUY SELL 690 28 0.4754 0.5521 0.4343 0.5241 0.4013 0.5608
1h BUY HOLD SELL 3211 41 0.4668 0.4599 0.4167 0.4602 0.4183 0.4598
1h HOLD HOLD SELL 4208 41 0.5138 0.5079 0.4625 0.4851 0.4622 0.5115
1h SELL HOLD SELL 4748 41 0.5249 0.5372 0.4205 0.5379 0.4764 0.5371
1h BUY SELL SELL 8218 41 0.4455 0.5019 0.3700 0.4954 0.4151 0.5034
1h HOLD SELL SELL 15674 42 0.5100 0.4912 0.4755 0.5001 0.4716 0.4891
1h SELL SELL SELL 17609 41 0.4440 0.4932 0.3801 0.5033 0.4073 0.4908
4h BUY * * 14679 64 0.5009 0.4936 0.4654 0.5062 0.4492 0.4860
4h HOLD * * 18259 64 0.5483 0.5255 0.5263 0.5174 0.5062 0.5304
4h SELL * * 16266 64 0.5034 0.5048 0.4333 0.4928 0.4730 0.5121
4h BUY * BUY 7672 45 0.5379 0.5297 0.4857 0.5078 0.4844 0.5502
4h HOLD * BUY 5985 46 0.5201 0.4947 0.4824 0.4962 0.4206 0.4933
4h SELL * BUY 2417 43 0.4936 0.4698 0.4021 0.4918 0.3701 0.4492
4h BUY BUY BUY 4939 44 0.5234 0.5175 0.4801 0.5128 0.4572 0.5208
4h HOLD BUY BUY 2817 42 0.4870 0.4612 0.4196 0.4500 0.3945 0.4691
4h SELL BUY BUY 437 34 0.5057 0.4822 0.3288 0.4869 0.4152 0.4790
4h BUY HOLD BUY 1391 41 0.6132 0.5674 0.5342 0.5224 0.4864 0.6085
4h HOLD HOLD BUY 1759 41 0.5583 0.5475 0.4839 0.5372 0.4512 0.5568
4h SELL HOLD BUY 958 39 0.4854 0.4318 0.4067 0.4765 0.3406 0.3911
4h SELL SELL BUY 418 35 0.4522 0.4488 0.2921 0.4866 0.2127 0.3261
4h BUY * HOLD 5077 55 0.4723 0.4844 0.4104 0.5295 0.4043 0.4561
4h HOLD * HOLD 6581 56 0.5469 0.5401 0.5289 0.5432 0.4763 0.5382
4h SELL * HOLD 5249 55 0.5041 0.5135 0.3553 0.4686 0.4882 0.5416
4h BUY BUY HOLD 1642 52 0.4963 0.5163 0.4479 0.5634 0.4004 0.4971
4h HOLD BUY HOLD 1024 52 0.5039 0.4944 0.4109 0.4737 0.4490 0.5029
4h BUY HOLD HOLD 2368 53 0.4586 0.4791 0.4154 0.5440 0.3731 0.4448
4h HOLD HOLD HOLD 3182 56 0.5255 0.5291 0.4912 0.5283 0.4522 0.5296
4h SELL HOLD HOLD 2380 54 0.5042 0.5190 0.3223 0.4549 0.4799 0.5529
4h BUY SELL HOLD 408 35 0.4779 0.4697 0.3529 0.5656 0.3596 0.4160
4h HOLD SELL HOLD 1438 49 0.5821 0.5809 0.5481 0.5694 0.4855 0.5873
4h SELL SELL HOLD 1869 48 0.5179 0.5273 0.3026 0.4336 0.4953 0.5798
4h BUY * SELL 1750 41 0.4114 0.4643 0.3564 0.4552 0.3457 0.4672
4h HOLD * SELL 5522 42 0.5817 0.5429 0.5429 0.5223 0.5198 0.5496
4h SELL * SELL 8490 41 0.5068 0.5337 0.4698 0.5443 0.4483 0.5302
4h BUY BUY SELL 326 27 0.3681 0.3857 0.3750 0.4437 0.2891 0.3674
4h BUY HOLD SELL 610 34 0.3902 0.4145 0.3529 0.4082 0.2977 0.4155
4h HOLD HOLD SELL 1161 39 0.4901 0.4939 0.3580 0.4662 0.4356 0.4983
4h SELL HOLD SELL 1264 39 0.5506 0.5835 0.5059 0.5918 0.4443 0.5822
4h BUY SELL SELL 601 37 0.4526 0.4850 0.2390 0.4748 0.3705 0.4875
4h HOLD SELL SELL 3483 40 0.6207 0.5660 0.5978 0.5468 0.5500 0.5706
4h SELL SELL SELL 6208 41 0.4976 0.5126 0.4370 0.5246 0.4427 0.5098
1d BUY * * 3882 58 0.5175 0.4717 0.4442 0.5617 0.3722 0.4301
1d HOLD * * 4982 58 0.5508 0.5394 0.4424 0.5232 0.4995 0.5469
1d SELL * * 4693 56 0.5794 0.5278 0.3515 0.4381 0.5236 0.5694
1d BUY * BUY 2708 44 0.5369 0.5458 0.4080 0.5396 0.4034 0.5504
1d HOLD * BUY 1365 42 0.5136 0.4840 0.3925 0.5150 0.3636 0.4613
1d BUY * HOLD 962 52 0.5187 0.4757 0.5559 0.6154 0.3060 0.4032
1d HOLD * HOLD 2629 56 0.5641 0.5362 0.4312 0.5109 0.5149 0.5493
1d SELL * HOLD 1109 49 0.5509 0.5238 0.2895 0.3839 0.4576 0.5965
1d HOLD * SELL 988 37 0.5668 0.5956 0.3955 0.5642 0.4826 0.6029
1d SELL * SELL 3333 40 0.5998 0.6023 0.3574 0.4923 0.5145 0.6276
"""
STOPS = """
15m below 0.6185 0.3339
15m above 0.6086 0.3276
1h below 0.6091 0.3218
1h above 0.5994 0.3202
4h below 0.6023 0.3031
4h above 0.5900 0.3288
1d below 0.5824 0.2746
1d above 0.5833 0.3547
"""
# to here.
