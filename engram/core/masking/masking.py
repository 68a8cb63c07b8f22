"""`Masking`: the one place that knows all secrets, and takes them out of texts."""

import base64
import html
import json
import re
import threading
from collections.abc import Callable, Iterable, Iterator
from dataclasses import dataclass, field
from functools import partial
from urllib.parse import quote, quote_plus, unquote

from engram.core.masking.folding import fold, places
from engram.core.masking.looks import changes
from engram.core.text.surrogates import utf16_length

MASK, MASKED_UNIT = "***", "•"
# So many characters of a known secret give it away, and so many that could be in words.
PART, LONG_PART, BLOCK = 8, 12, 4
# Words change between small letters, capitals and digits less often.
CHANGES = 2
LONGEST = 4096  # What is longer is no secret that anybody uses.
# Fewer letters and digits than these are too few to be told from ordinary text.
SHORTEST, SHORTEST_LETTERS = 6, 12
# What people enter where a program insists on a key, and their server on none.
PLACEHOLDERS = {
    "lm-studio", "not-needed", "not-required", "no-key", "no-key-needed", "your-api-key"
}  # fmt: skip
# Anything that looks like a secret is masked, but for its first group: tokens of bots, keys of the
# usual providers, headers, passwords and parameters of addresses. `hints`, of which one is in every
# text that matches, spare most texts the search. In an answer what is not `sure` stays unless it
# looks random, too: code that a model writes has `Bearer {token}`, and `api_key = os.environ`.
_PATTERNS = tuple(
    (hint, sure, re.compile(pattern, re.IGNORECASE))
    for sure, hints, pattern in (
        (True, (":", "%3a", "%253a"), r"(\d(?<!\d\d)\d{4,}(?::|%(?:25)?3A))[\w-]{20,}"),
        (False, ("sk-",), r"((?<![a-z0-9])sk-)[\w:-]{16,}"),
        (False, ("_",), r"((?<![a-z0-9])(?:gh[opsur]|hf|gsk|xai|glpat|github_pat)_)\w{20,}"),
        (False, ("xox", "akia", "aiza"), r"()(?<![a-z0-9])(?:xox[abprs]-|AKIA|AIza)[\w-]{12,}"),
        (True, ("eyj",), r"()(?<![\w-])eyJ[\w-]{10,}\.[\w-]{10,}(?:\.[\w-]*)?"),
        (
            False,
            ("authorization", "api-key", "api_key", "cookie"),
            r"((?:authorization|api[-_]key|set-cookie)[\"']?\s{0,4}[:=]\s{0,4}[\"']?"
            r"(?:(?:bearer|basic)\s{1,4})?)[^\s,'\"}]+",
        ),
        (
            False,
            ("bearer", "basic"),
            r"(\b(?:bearer|basic)\s{1,4})(?=[^\s,'\"}]{0,200}\d)[^\s,'\"}]{8,}",
        ),
        (False, ("://",), r"(://)[^\s/@\"\\]{1,512}@"),
        (
            False,
            ("key=", "token=", "secret=", "password=", "sig=", "auth="),
            r"([?&][\w-]{0,40}(?:key|token|secret|password|sig|auth)=)[^\s&#\"'\\]{4,}",
        ),
        (True, ("hc-ping.com/",), r"(hc-ping\.com/)[^\s\"'\\]+"),
    )
    for hint in hints
)


@dataclass(frozen=True, slots=True)
class _Known:
    """What is looked for.

    `starts` holds what a folded text may have of secrets, by the first eight characters of each;
    `blocks` are four characters in a row of all that these begin with. `exact` finds the secrets
    that are too simple to be known in any form but their own.
    """

    starts: dict[str, list[str]] = field(default_factory=dict)
    blocks: frozenset[str] = frozenset()
    exact: re.Pattern[str] | None = None

    @classmethod
    def of(cls, secrets: Iterable[str]) -> "_Known":
        starts: dict[str, list[str]] = {}
        forms: set[str] = set()
        exact: set[str] = set()
        for secret in secrets:
            if secret.lower() in PLACEHOLDERS:
                continue
            if _is_strong(secret):
                forms |= _forms(secret) | _pieces(secret)
            elif _is_telling(secret):
                exact |= _spellings(secret)
            # In `Authorization: Basic` it stands in the middle of something else.
            forms |= set(_inside_base64(secret))
        for form in forms:
            starts.setdefault(form[:PART], []).append(form)
        blocks = {start[at : at + BLOCK] for start in starts for at in range(BLOCK)}
        spelled = "|".join(map(re.escape, sorted(exact, key=len, reverse=True)))
        spelled = rf"(?<![a-z0-9])(?:{spelled})(?![a-z0-9])"
        found = re.compile(spelled, re.IGNORECASE) if exact else None
        return cls(starts, frozenset(blocks), found)

    def spans(self, folded: str) -> Iterator[tuple[int, int]]:
        """Where in a `folded` text something known begins and ends; takes linear time."""
        for block in range(0, len(folded) - BLOCK + 1, BLOCK):
            if folded[block : block + BLOCK] not in self.blocks:
                continue
            for at in range(max(block - BLOCK + 1, 0), block + 1):
                for form in self.starts.get(folded[at : at + PART], ()):
                    if folded.startswith(form, at):
                        yield at, at + len(form)


class Masking:
    """Takes secrets out of texts: those that it has learned, and what looks like one.

    A secret of eight or more letters and digits is found in any form: in parts of eight characters,
    in other capitals, with blanks or line ends in it, escaped for URLs, JSON, Python or HTML, as
    base64 and hexadecimal. A simpler one, from six characters on, is found as it is written,
    standing alone. What could be a word, a short number or a placeholder ("test", "1234",
    "password", "lm-studio") is not masked: that would tear holes into ordinary texts. For several
    threads.
    """

    def __init__(self, secrets: Iterable[str] = ()) -> None:
        self._lock = threading.Lock()
        self._secrets: frozenset[str] = frozenset()
        self._known: _Known | None = _Known()
        self.learn(secrets)

    def learn(self, secrets: Iterable[str]) -> None:
        """Mask these, too; what is known stays known."""
        with self._lock:
            found = self._secrets | {part for one in secrets for part in _parts(one[:LONGEST])}
            if found != self._secrets:
                # It takes milliseconds to prepare, and several are learned before the first text.
                self._secrets, self._known = found, None

    def __call__(self, text: str) -> str:
        """`text` with `***` in place of each secret."""
        return self._masked(text, lambda _: MASK)

    def in_place(self, text: str) -> str:
        """`text` with a `•` for each UTF-16 unit of a secret: positions in it stay right.

        Made for answers: names and words in the place of an unknown secret stay.
        """
        return self._masked(text, lambda one: MASKED_UNIT * utf16_length(one), is_answer=True)

    def _prepared(self) -> _Known:
        with self._lock:
            self._known = known = self._known or _Known.of(sorted(self._secrets))
            return known

    def _masked(self, text: str, mask: Callable[[str], str], *, is_answer: bool = False) -> str:
        known = self._known or self._prepared()
        if known.starts and (spans := list(known.spans(fold(text)))):
            text = _without(text, spans, mask)
        if known.exact:
            text = known.exact.sub(lambda found: mask(found[0]), text)
        small = text.lower()
        for hint, sure, pattern in _PATTERNS:
            if hint in small:
                least = CHANGES if is_answer and not sure else 0
                text = pattern.sub(partial(_mask_found, mask, least), text)
        return text


def _mask_found(mask: Callable[[str], str], least: int, found: re.Match[str]) -> str:
    """What was `found`, with its secret masked unless that has less than so many changes."""
    secret = found[0][len(found[1]) :]
    is_name = changes("".join(filter(str.isalnum, secret))) < least
    return found[0] if is_name else found[1] + mask(secret)


def _without(text: str, spans: list[tuple[int, int]], mask: Callable[[str], str]) -> str:
    where, kept, upto = list(places(text)), [], 0
    merged: list[list[int]] = []
    for begin, end in sorted((where[at][0], where[end - 1][1]) for at, end in spans):
        if merged and begin <= merged[-1][1]:
            merged[-1][1] = max(merged[-1][1], end)
        else:
            merged.append([begin, end])
    for begin, end in merged:
        kept += [text[upto:begin], mask(text[begin:end])]
        upto = end
    return "".join([*kept, text[upto:]])


def _parts(secret: str) -> set[str]:
    """`secret`, and what stands on either side of its colon: half a token is a secret, too.

    What stands before the colon of a bot's token is its id, which everybody may know.
    """
    halves = [half for half in secret.split(":") if not half.isdecimal()]
    return {part for part in (secret, *halves) if len(fold(part)) >= SHORTEST}


def _is_strong(secret: str) -> bool:
    """Whether no ordinary text has its letters and digits, in whatever form."""
    letters = "".join(filter(str.isalnum, secret))
    long = len(letters) >= 2 * PART and not letters.isdecimal()
    return len(fold(secret)) >= PART and (long or changes(letters) >= CHANGES)


def _is_telling(secret: str) -> bool:
    """Whether a simple secret is still no word or number that people write."""
    if secret.isdecimal():
        return len(secret) >= PART
    is_word = secret.isalpha() and len(secret) < SHORTEST_LETTERS
    return not is_word


def _forms(secret: str) -> set[str]:
    """What a folded text has in place of the whole of `secret`."""
    data = secret.encode("utf-8", "replace")
    forms = {fold(secret), fold(unquote(secret)), fold(data.decode("latin-1")), data.hex()}
    return {form for form in forms if len(form) >= PART}


def _pieces(secret: str) -> set[str]:
    """What gives `secret` away: so many characters in a row that ordinary texts do not have."""
    plain = "".join(filter(str.isalnum, unquote(secret)))
    pieces = {fold(one) for one in _windows(plain, PART) if changes(one) >= CHANGES}
    pieces |= {fold(one) for one in _windows(plain, LONG_PART) if changes(one)}
    for one in _windows(secret, PART):
        if changes(one) >= CHANGES:
            pieces |= {one.encode("utf-8", "replace").hex(), *_inside_base64(one)}
    return pieces


def _windows(text: str, length: int) -> Iterator[str]:
    return (text[at : at + length] for at in range(len(text) - length + 1))


def _inside_base64(secret: str) -> Iterator[str]:
    """What folded base64 of any longer text has in place of `secret`."""
    data = secret.encode("utf-8", "replace")
    for before in range(3):
        coded = base64.b64encode(b"\0" * before + data).decode().rstrip("=")
        # The characters that depend on what stands before it and after it.
        skipped, whole = -(-before * 8 // 6), (before + len(data)) * 8 // 6
        if len(form := fold(coded[skipped:whole])) >= PART:
            yield form


def _spellings(secret: str) -> set[str]:
    """The ways to write a simple secret."""
    escaped = (json.dumps(secret)[1:-1], repr(secret)[1:-1], html.escape(secret))
    return {secret, quote(secret, safe=""), quote_plus(secret), unquote(secret), *escaped}
