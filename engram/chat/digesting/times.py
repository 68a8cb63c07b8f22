"""A time of day as people write it: "8", "8am", "20:30", "8.30 pm"; pure."""

import re
import unicodedata

_TIME = re.compile(
    r"(?P<hour>\d{1,2})(?:\s?[:.,h ]\s?(?P<minute>\d{2})|(?P<together>(?<=\d{2})\d{2}))?\s?h?"
    r"(?:\s?(?P<half>[ap])\.?\s?m\.?)?"
)
_WORDS = {"noon": "12:00", "midday": "12:00", "midnight": "00:00"}
# What people put around it, and what it says.
_AROUND = re.compile(
    r"\b(?:(?P<am>in the morning)|(?P<pm>in the (?:afternoon|evening))"
    r"|at|every|each|day|daily|o'?clock|sharp)(?![\w.])"
)
OFF = {"off", "none", "no", "stop", "never", "end", "cancel", "disable"}


def read(text: str) -> str | None:
    """The minute that is meant ("08:00"), or None."""
    words = unicodedata.normalize("NFKC", text).replace("’", "'").casefold()
    around = list(_AROUND.finditer(words))
    words = " ".join(_AROUND.sub(" ", words).split()).strip("\"' ,")
    if words in _WORDS:
        return _WORDS[words]
    found = _TIME.fullmatch(words.strip("."))
    if not found:
        return None
    hour, minute = int(found["hour"]), int(found["minute"] or found["together"] or 0)
    halves = {found["half"]} if found["half"] else set()
    halves |= {"a" if one["am"] else "p" for one in around if one["am"] or one["pm"]}
    if len(halves) > 1 or hour > 23 or minute > 59:
        return None
    for half in halves:
        # Nobody says 13 pm or 20:30 in the morning, but 20:30 in the evening is plain.
        if (found["half"] and not 1 <= hour <= 12) or (half == "a" and hour > 12):
            return None
        # 12 am is midnight, and 12 pm is noon.
        hour = hour % 12 + 12 * (half == "p")
    return f"{hour:02}:{minute:02}"


def is_off(text: str) -> bool:
    """Whether no time is meant any more."""
    return text.strip(" .!").casefold() in OFF
