"""Whether a sentence asks to be told something later, and which of its words say when; pure."""

from __future__ import annotations

import re
from dataclasses import dataclass

from engram.watch.grammar.vocabulary import HAS, PAST, words_in

# In these words questions are asked, too: "tell me when Bitcoin was invented".
_TELL = r"(?:tell|remind) (?:me|us)|(?:want|like|love|need) to (?:know|hear)"
_LET_KNOW = r"let (?:me|us) know"
_MESSAGE = (
    r"(?:inform|message|text|dm|buzz|call|email|poke|nudge|update|page) (?:me|us)"
    r"|(?:alert|notify|ping|warn|shout|holler)(?= (?:when|if|once|as soon)(?![\w-]))"
    r"|keep (?:me|us) (?:posted|updated|informed)|wake (?:me|us)(?: up)?|hit (?:me|us) up"
    r"|(?:give|send|drop|shoot) (?:me|us) (?:an? )?"
    r"(?:shout|ping|message|heads[ -]up|call|nudge|notice|reminder|text|dm|note)"
)
# These need no "when".
_NOUN = r"(?:an? |the |another )?(?:price )?(?:alert|alarm|notification)s?"
_ALERT = (
    rf"(?:notify|alert|ping|warn) (?:me|us)|(?:give|send) (?:me|us) {_NOUN}"
    r"|(?:set|create|add|make|put|get|arm|place|trigger|fire|raise|want|need|like)(?: up)?"
    rf"(?: me| us)? (?:{_NOUN}|(?:an? )?(?P<inside>(?!to )[^ ]{{1,12}}(?: [^ ]{{1,12}})? {_NOUN}))"
    r"|\A(?P<headed>(?:price )?alert(?= ))"
    r"|(?:be|get) (?:told|notified|alerted|woken|warned|pinged|informed)(?: up)?"
)
_ASKING = re.compile(
    rf"(?<![\w/'’-])(?:(?P<tell>{_TELL})|(?P<let>{_LET_KNOW})|(?P<message>{_MESSAGE})"
    rf"|(?P<alert>{_ALERT}))(?![\w'’-])"
)
_WHEN = (
    r"(?:when(?:ever)?|if|once|as soon as|the (?:moment|minute|second|instant)(?: that| when)?"
    r"|in case|(?:each|every|any) time)(?![\w-])"
)
# Between asking and "when".
_AT_ONCE = r"(?:[ ,]{1,2}(?:please|pls|here|immediately|asap|right away|at once|straight away))?"
_THEN = re.compile(rf"{_AT_ONCE}[ ,:]{{1,2}}(?P<when>{_WHEN})")
_TO_DO = re.compile(rf" to [^.!?;]{{1,60}}?[ ,](?P<when>{_WHEN})")
_FIRST = re.compile(rf"(?P<when>{_WHEN}|should(?!\w)) ")
_BREAK = re.compile(r"[.!?;](?= |$)")
_PAUSE = re.compile(r", | [-–—] ")
# What an alert without "when" is for: "alert me about ...".
_ABOUT = re.compile(r"[ :]{1,2}(?:about|on|for|of|to|that) ")
_NOT_FORGOTTEN = re.compile(r"(?:don['’]?t|do not|never) forget to ")
_WORD = re.compile(r"[^\W_]+")
_POLITE = words_in(
    "please pls plz can could would will you u hey hi hello ok okay and so also then just now bot "
    "engram i want need like love d to remember kindly thanks thank thx yes sure well but do be "
    "able immediately asap here good morning night gm gn bro mate man sir my dear m ll "
    "wanna appreciate it if maybe possible great nice lol"
)
# The same behind what was asked.
_THANKS = words_in(
    "please pls plz thanks thank thx you u ok okay asap immediately here now bro mate man sir lol "
    "and can could would then so just also"
)
# What stands alone before the request changes when it is meant: "Tomorrow, tell me when ...".
_LATER = words_in(
    "tomorrow tonight later next after until till from before only unless except monday tuesday "
    "wednesday thursday friday saturday sunday never not dont"
)
_SHORT = 4
_LAST = re.compile(r"(from |(?<!\w))([a-z]{1,12})[ ,:.?!()–—-]{0,5}\Z")
# "Watch BTC and tell me when it ...": the market stands before the request.
_WATCHED = re.compile(
    r"\b(?:watch|monitor|track|follow|keep an eye on|keep track of|look at) (?P<what>[^ ].{0,40}?)"
    r"(?: and|,)(?: then)? \Z"
)
# Questions about what was, what is usual, or what somebody thinks.
_KNOWN = PAST | words_in(
    "was were did had does will would could might shall last first ever ago yesterday "
    "previously usually typically normally historically generally often always most went fell "
    "rose sank broke invented created launched started began"
)
_HAS_BEEN = re.compile(rf"{HAS}\w+")
# "Tell me when is BTC going to hit 100k".
_TO_COME = re.compile(r"\A(?:is|are|has|have|can) |\b(?:going to|gonna) (?=[a-z])")
_THOUGHT = re.compile(
    r"\b(?:you (?:think|believe|see|expect|feel|would|have|are)|should|think|expect(?:ed)?"
    r"|predict(?:ed)?|opinion|experts)\b"
)
# "If it is a good buy" asks for an opinion, "when it looks good" does not.
_JUDGED = re.compile(
    r"\b(?:good|bad|better|best|worth|smart|wise|safe|normal|usual|likely"
    r"|(?:is|are|an?|time to|me to) (?:strong )?(?:buy|sell|hold))\b"
)


@dataclass(frozen=True, slots=True)
class Told:
    """The words at `start` to `end` of a text say when somebody wants to be told.

    `when` is the word before them, "" where there is none. `may_ask` tells that it may be a
    question instead, about what is known, and `may_ask_opinion` about what somebody thinks.
    `says_more` tells that the condition is not all that was said.
    """

    start: int
    end: int
    when: str = ""
    may_ask: bool = False
    may_ask_opinion: bool = False
    says_more: bool = False

    def is_a_question(self, low: str) -> bool:
        """Whether the words in `low`, the whole text, are about the past, or about knowledge."""
        said = low[self.start : self.end].strip()
        if said.startswith(("you ", "you'", "you’", "i ")):
            return True
        known = not _KNOWN.isdisjoint(_WORD.findall(_HAS_BEEN.sub("", said)))
        if self.may_ask and (known or _TO_COME.search(said)):
            return True
        is_judged = self.when == "if" and bool(_JUDGED.search(said))
        return self.may_ask_opinion and (is_judged or bool(_THOUGHT.search(said)))


def told(low: str) -> Told | None:
    """What `low`, a text in lower case and on one line, asks to be told; None for nothing."""
    for asking in _ASKING.finditer(low):
        found = _behind(low, asking) or _before(low, asking)
        if found:
            return found
    return None


def _behind(low: str, asking: re.Match[str]) -> Told | None:
    """ "Please tell me when ...": only polite words before it in this part of the sentence."""
    begin = _last(_BREAK, low, 0, asking.start())
    pause = _last(_PAUSE, low, begin, asking.start())
    if not _is_polite(low[pause : asking.start()]):
        watched = _WATCHED.search(low[begin : asking.start()])
        is_watched = watched and _is_polite(low[begin : begin + watched.start()])
        if not watched or not is_watched:
            return None
        return _told(asking, begin + watched.start("what"), len(low), "when", says_more=True)
    earlier = _WORD.findall(low[begin:pause])
    is_later = len(earlier) <= _SHORT and not _LATER.isdisjoint(earlier)
    if asking["inside"]:
        # "Set a BTC alert at ...": the market stands in the request.
        return _told(asking, asking.start("inside"), len(low), says_more=is_later)
    if then := _THEN.match(low, asking.end()):
        is_often = then["when"].startswith(("each", "every"))
        return _told(asking, then.end(), len(low), then["when"], says_more=is_later or is_often)
    if to_do := _TO_DO.match(low, asking.end()):
        return _told(asking, asking.end(), len(low), to_do["when"], says_more=True)
    if asking["alert"] and not _is_polite(low[asking.end() :]):
        about = _ABOUT.match(low, asking.end())
        start = about.end() if about else asking.end()
        return _told(asking, start, len(low), says_more=is_later)
    return None


def _before(low: str, asking: re.Match[str]) -> Told | None:
    """ "When ..., tell me", or "BTC above 100k? Ping me": nothing but polite words behind it."""
    if not _is_polite(low[asking.end() :]):
        return None
    end = _politely(low, asking.start())
    begin = _last(_BREAK, low, 0, len(low[:end].rstrip(" .,!?")))
    begin += len(low[begin:]) - len(low[begin:].lstrip())
    if first := _FIRST.match(low, begin):
        return _told(asking, first.end(), end, first["when"])
    return _told(asking, begin, end) if asking["alert"] or asking["message"] else None


def _told(
    asking: re.Match[str], start: int, end: int, when: str = "", *, says_more: bool = False
) -> Told:
    tells = bool(asking["tell"] or asking["headed"])
    end = max(start, _politely(asking.string, end))
    return Told(start, end, when, tells, tells or bool(asking["let"]), says_more)


def _politely(low: str, end: int) -> int:
    """Where the words before `end` end, without the polite ones after them."""
    while last := _LAST.search(low, max(0, end - 20), end):
        if last[2] not in _THANKS or last[1] == "from ":
            break
        end = last.start(2)
    return end


def _last(pattern: re.Pattern[str], low: str, begin: int, end: int) -> int:
    """Where the last match of `pattern` ends, or `begin`."""
    return max((one.end() for one in pattern.finditer(low, begin, end)), default=begin)


def _is_polite(words: str) -> bool:
    words = _NOT_FORGOTTEN.sub("", words)
    return '"' not in words and "“" not in words and _POLITE.issuperset(_WORD.findall(words))
