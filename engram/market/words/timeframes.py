"""Finds the timeframe in a text: "4h", "h4", "4 hours", "daily", "日线" ...; pure."""

import re
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache

from engram.market.words.fold import Folded, key

# The words for a unit after a number, in the ten most spoken languages and some more.
UNITS = {
    "m": "m min mins minute minutes minuto minutos minuten minuta minutes мин минут минута "
    "минуты минутка минутах минутам м منٹ دقيقة دقائق मिनट মিনিট menit dakika dakikalik dk "
    "phut minutnyi минутный минутном минутке minuti",
    "h": "h hr hrs hour hours hora horas heure heures std stunde stunden ora ore ч час часа "
    "часов часах часам часовой часовом घंटा घंटे घण्टे ساعة ساعات ساعت گھنٹہ گھنٹے گھنٹوں ঘণ্টা ঘন্টা ঘণ্টার "
    "ঘন্টার jam saat saatlik uur gio годин години година годинах",
    "d": "d day days dia dias jour jours tag tage giorno giorni д день дня дней днях दिन يوم أيام "
    "دن দিন দিনের hari gun gunluk dag dagen ngay",
    "w": "w wk wks week weeks semana semanas semaine semaines woche wochen settimana settimane "
    "нед неделя недели недель неделях सप्ताह हफ्ता हफ्ते أسبوع أسابيع ہفتہ ہفتے সপ্তাহ সপ্তাহের minggu "
    "hafta haftalik tuan",
    "M": "mo month months mes meses mois mês monat monate mese mesi месяц месяца месяцев महीना "
    "महीने شهر أشهر مہینہ مہینے মাস মাসের bulan ay aylik",
}
# The same where no space follows.
UNSPACED = {
    "m": "分钟 分鐘 分足 分",
    "h": "小时 小時 時間足 時間 时 시간봉 시간",
    "d": "天 日足 日线 日 일봉 일",
    "w": "周线 周 週線 週足 週 星期 주봉 주",
    "M": "个月 月线 月足 ヶ月 月 개월",
}
# A word that stands for one of a unit.
ALONE = {
    "1h": "hourly horario horaire stundlich stundenchart stundliche часовой часовом часовике "
    "часовик часовика часовому saatlik घंटेवार",
    "1d": "daily diario diaria diariamente journalier journaliere quotidien quotidienne taglich "
    "tageschart tagesbasis giornaliero giornaliera дневка дневке дневки дневку дневной дневном "
    "дневного डेली दैनिक रोजाना اليومي يومي اليومية روزانہ ڈیلی দৈনিক ডেইলি harian gunluk "
    "dagelijks dagelijkse",
    "1w": "weekly semanal hebdo hebdomadaire wochentlich wochenchart wochenbasis settimanale "
    "недельный недельном недельного недельке неделька недельку साप्ताहिक वीकली الأسبوعي أسبوعي "
    "الأسبوعية ہفتہ وار ویکلی সাপ্তাহিক উইকলি mingguan haftalik wekelijks",
    "1M": "monthly mensual mensuel mensuelle mensal monatlich monatschart mensile месячный "
    "месячном मासिक الشهري شهري ماہانہ মাসিক bulanan aylik",
}
ALONE_UNSPACED = {
    "1h": "小时线 小时图 小時線 時間足 시간봉",
    "1d": "日线 日線 日图 日k 日足 일봉",
    "1w": "周线 周線 週線 周图 周k 週足 주봉",
    "1M": "月线 月線 月图 月k 月足 월봉",
}
NUMBERS = {
    "one": 1, "two": 2, "three": 3, "four": 4, "five": 5, "six": 6, "eight": 8, "ten": 10,
    "twelve": 12, "fifteen": 15, "thirty": 30, "一": 1, "二": 2, "两": 2, "四": 4, "六": 6,
    "十五": 15, "三十": 30, "vier": 4, "quatre": 4, "cuatro": 4, "quatro": 4, "четыре": 4,
    "चार": 4, "চার": 4,
}  # fmt: skip
# "dropped in 4 hours" and "for the last 2 days" are spans of time, and no charts.
SPAN_BEFORE = re.compile(
    r"\b(?:in|for|last|past|next|within|every|after|over)\s(?:the\s|about\s)*$"
)
SPAN_AFTER = re.compile(r"\s(?:ago|later|left|long)\b")
# Minutes, as TradingView writes timeframes.
BARE = {"1", "3", "5", "15", "30", "45", "60", "120", "180", "240", "360", "480", "720", "1440"}
MINUTES = {"m": 1, "h": 60, "d": 1440, "w": 10080}


@dataclass(frozen=True, slots=True)
class Frame:
    """A timeframe, such as "4h", at `start` to `end` of a text.

    `is_span` tells that it may only be a length of time ("for 4 hours").
    """

    start: int
    end: int
    timeframe: str
    is_span: bool = False


def find(folded: Folded) -> list[Frame]:
    """The timeframes in a text, in their order."""
    pattern, units, alone, numbers = _compiled()
    found = []
    for one in pattern.finditer(folded.low):
        start, end = one.span()
        if one["alone"] or one["alone2"]:
            timeframe = alone[one["alone"] or one["alone2"]]
        else:
            number = one["n"] or one["n2"] or one["n3"]
            word = one["u"] or one["u2"] or one["u3"]
            unit = units[word]
            if word == "m" and number == "1" and "M" in folded.text[start:end]:
                unit = "M"
            timeframe = canonical(numbers.get(number) or int(number), unit)
        spelled = bool(one["u"]) and len(one["u"]) > 2 and not one["chart"]
        is_span = spelled and bool(
            SPAN_BEFORE.search(folded.low, max(0, start - 24), start)
            or SPAN_AFTER.match(folded.low, end)
        )
        if timeframe:
            found.append(Frame(start, end, timeframe, is_span))
    return found


def canonical(number: int, unit: str) -> str:
    """The usual name of so many minutes, hours ...: "60m" is 1h; "" where there is none."""
    if unit == "M" or not number:
        return f"{number}{unit}" if 0 < number < 100 else ""
    minutes = number * MINUTES[unit]
    for larger in ("w", "d", "h"):
        if minutes % MINUTES[larger] == 0 and (larger != "w" or minutes == MINUTES["w"]):
            return f"{minutes // MINUTES[larger]}{larger}" if minutes < 144_000 else ""
    return f"{minutes}m"


@cache
def _compiled() -> tuple[re.Pattern[str], dict[str, str], dict[str, str], dict[str, int]]:
    units = {key(word): unit for unit, words in UNITS.items() for word in words.split()}
    unspaced = {key(word): unit for unit, words in UNSPACED.items() for word in words.split()}
    alone = {key(word): frame for frame, words in ALONE.items() for word in words.split()}
    alone.pop(key("وار"))
    alone[key("ہفتہ وار")] = "1w"
    alone2 = {key(word): frame for frame, words in ALONE_UNSPACED.items() for word in words.split()}
    number = rf"\d{{1,4}}|{_either(NUMBERS)}"
    before = r"(?<![^\W_])(?<!\d[.,:/])(?<![$€£.])"
    pattern = (
        rf"{before}(?P<n>{number})[\s-]?(?P<u>{_either(units)})(?![^\W_])(?P<chart>[\s-]?chart)?"
        rf"|(?<![a-z\d.,$])(?P<n2>{number})\s?(?:个)?(?P<u2>{_either(unspaced)})"
        rf"|{before}(?P<u3>mn|[mhdw])(?P<n3>\d{{1,3}})(?![^\W_])"
        rf"|(?<![^\W_])(?P<alone>{_either(alone)})(?![^\W_])"
        rf"|(?P<alone2>{_either(alone2)})"
    )
    numbers = {key(word): number for word, number in NUMBERS.items()}
    starts = "".join({word[0] for word in (*numbers, *alone, *alone2)})
    pattern = rf"(?=[\dmhdw{re.escape(starts)}])(?:{pattern})"
    return re.compile(pattern), {**units, **unspaced, "mn": "M"}, {**alone, **alone2}, numbers


def _either(words: Iterable[str]) -> str:
    return "|".join(re.escape(key(word)) for word in sorted(words, key=len, reverse=True))
