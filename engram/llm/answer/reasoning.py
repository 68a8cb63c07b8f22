"""`ReasoningFilter`: what a model says, without its thoughts and its control tokens; pure.

Thoughts are a block at the beginning, in one of the forms of thought_tags.py, or all that stands
before a closing tag that nothing opened (a model whose prompt already opens the block). The same
words further on, or in code, are text; so is a control token that a sentence speaks of.
"""

import re
from collections.abc import Callable
from dataclasses import dataclass

from engram.llm.answer.thought_tags import (
    BARE_CHANNEL,
    CHANNEL_END,
    ENDS,
    LONGEST_END,
    PERSONS,
    PERSONS_TURN,
    TOKEN,
    UNFINISHED,
    mentioned,
)

_SPECIAL = re.compile(r"[\n`<\[◁]")
_TICKS = re.compile("`{1,99}")
_MARKER = r"[ \t]{0,12}(?:(?:[-*+>]|\d{1,3}[.)])[ \t]{1,4}){0,2}"
_FENCE = re.compile(rf"{_MARKER}(`{{3,99}}|~{{3,99}})")
_UNSURE_FENCE = re.compile(rf"{_MARKER}(?:[-*+>]|\d{{1,3}}[.)]?|`{{1,99}}|~{{1,99}})?\Z")
_FENCE_END = re.compile(r"[ \t]{0,12}(`{1,99}|~{1,99})?[ \t]{0,8}")
# Further on than this no end of code is looked for, because the text so far is held back.
_INFO, _SPAN = 80, 300


@dataclass(frozen=True, slots=True)
class Delta:
    """The next piece of what a model says; on `reset` all before it was only thought."""

    text: str = ""
    reset: bool = False


def strip_reasoning(text: str) -> str:
    """What `text` says, without thoughts and control tokens."""
    return ReasoningFilter().feed(text, final=True).text.strip()


class ReasoningFilter:
    """Takes the pieces of a text, cut anywhere, and returns what is said in them.

    What could belong to a tag is held back, at most a few hundred characters, until the next piece
    or the `final` one. `thought` tells whether anything was only thought.
    """

    def __init__(self) -> None:
        self.thought = False
        self._held = ""
        self._said: list[str] = []
        self._reset = False
        self._read: Callable[[str, int, bool], int | None] = self._lead
        self._end = CHANNEL_END
        self._fence = ""
        self._in_final = False
        # Whether anything was said, and what the line has so far: its last character, and tags.
        self._spoken, self._blank, self._before, self._struck = False, True, "", False
        self._open_here = self._open_above = 0

    @property
    def thinking(self) -> bool:
        """Whether the text so far ends in a thought."""
        return self._read == self._think

    def feed(self, piece: str, *, final: bool = False) -> Delta:
        """What `piece` adds to what is said."""
        text, at = self._held + piece, 0
        while at < len(text) and (on := self._read(text, at, final)) is not None:
            at = on
        self._held = text[at:]
        delta = Delta("".join(self._said), self._reset)
        self._said, self._reset = [], False
        return delta

    # Each of these reads on from `at` and returns how far it came, or None to wait for more.

    def _lead(self, text: str, at: int, final: bool) -> int | None:
        """Skip what stands before the answer."""
        if text[at].isspace():
            return at + 1
        if not final and UNFINISHED.match(text, at):
            return None
        if token := TOKEN.match(text, at):
            if token.lastgroup != "control":
                return self._enter(token)
            spoken_of = not token["role"] and mentioned(text, token.end(), "", final)
            if spoken_of is None:
                return None
            if not spoken_of:
                return self._drop(token)
        if not (self.thought or self._spoken):
            if not final and "analysis".startswith(text[at : at + 9]):
                return None
            if token := BARE_CHANNEL.match(text, at):
                return self._enter(token)
        self._read = self._line
        return at

    def _think(self, text: str, at: int, final: bool) -> int | None:
        """Skip a thought."""
        for found in self._end.finditer(text, at):
            begin, end = found.span()
            # In backticks it is only spoken of.
            if text[begin - 1 : begin] == "`":
                if end == len(text) and not final:
                    break
                if text[end : end + 1] == "`":
                    continue
            self._read = self._lead
            return end
        on = len(text) if final else max(at, len(text) - LONGEST_END)
        return on if on > at else None

    def _line(self, text: str, at: int, final: bool) -> int | None:
        """Look whether a block of code begins with this line."""
        if not final and _UNSURE_FENCE.match(text, at):
            return None
        self._read = self._text
        if fence := _FENCE.match(text, at):
            info, ends, _ = text[fence.end() : fence.end() + _INFO].partition("\n")
            if not (final or ends or len(info) == _INFO):
                self._read = self._line
                return None
            if "`" not in info:
                self._fence, self._read = fence[1], self._code
                return self._say(fence[0], fence.end())
        return at

    def _text(self, text: str, at: int, final: bool) -> int | None:
        """Say what is said, up to the next tag that counts."""
        special = _SPECIAL.search(text, at)
        stop = special.start() if special else len(text)
        if stop > at:
            return self._say(text[at:stop], stop)
        if text[at] == "\n":
            self._read = self._line
            return self._end_line(at)
        if text[at] == "`":
            return self._span(text, at, final)
        if not final and UNFINISHED.match(text, at):
            return None
        if token := TOKEN.match(text, at):
            return self._tag(token, text, final)
        self._struck = self._struck or text.startswith("<s>", at)
        return self._say(text[at], at + 1)

    def _code(self, text: str, at: int, final: bool) -> int | None:
        """Say the lines of a block of code."""
        if self._blank and (fence := _FENCE_END.match(text, at)):
            if fence.end() == len(text) and not final:
                return None
            ends = text[fence.end() : fence.end() + 1] in ("", "\r", "\n", "<")
            if ends and (fence[1] or "").startswith(self._fence):
                self._read = self._text
                return self._say(fence[0], fence.end())
        end = text.find("\n", at)
        if end == at:
            return self._end_line(at)
        stop = end if end > at else len(text)
        return self._say(text[at:stop], stop)

    def _done(self, text: str, _at: int, _final: bool) -> int:
        """Skip what the model says in the person's name."""
        return len(text)

    def _span(self, text: str, at: int, final: bool) -> int | None:
        """Say a span of code, or the backticks that open none."""
        ticks = _TICKS.match(text, at)
        begin = ticks.end() if ticks else at
        line, ends, _ = text[begin : begin + _SPAN].partition("\n")
        end = re.search(rf"(?<!`)`{{{begin - at}}}(?!`)", line)
        whole = final or ends or len(line) == _SPAN
        if not whole and (not end or end.end() == len(line)):
            return None
        stop = begin + end.end() if end else begin
        return self._say(text[at:stop], stop)

    def _tag(self, token: re.Match[str], text: str, final: bool) -> int | None:
        """Take a tag in the middle of the text for what it is."""
        kind, end = token.lastgroup, token.end()
        if kind == "open":
            self._open_here += 1
            self._open_above += self._blank
            return self._say(token[0], end)
        if kind == "close" and (self._open_here or self._open_above):
            self._open_here = max(self._open_here - 1, 0)
            self._open_above = max(self._open_above - 1, 0)
            return self._say(token[0], end)
        # At the beginning of a line it is no word of a sentence, but for a control token.
        is_tag = kind == "header" or (self._blank and (kind == "close" or token["role"]))
        spoken_of = not is_tag and mentioned(text, end, self._before, final)
        if spoken_of is None:
            return None
        if spoken_of or (self._struck and token[0] == "</s>"):
            return self._say(token[0], end)
        return self._drop(token) if kind == "control" else self._enter(token)

    def _enter(self, token: re.Match[str]) -> int:
        """Go into the block that `token` opens, or out of the one that it closes."""
        kind, opening = token.lastgroup, token[0].lower()
        channel = token["channel"].lower() if kind == "header" else ""
        if kind == "close" or (channel == "final" and not self._in_final):
            self._forget()
        self._in_final = self._in_final or channel == "final"
        self.thought = self.thought or channel != "final"
        self._read = self._think
        if channel == "final" or kind == "close" or opening.endswith("/>"):
            self._read = self._lead
        elif channel:
            self._end = CHANNEL_END
        else:
            self._end = ENDS[opening if opening in ENDS else opening[: 1 + (opening[1] == "|")]]
        return token.end()

    def _drop(self, token: re.Match[str]) -> int:
        """Leave out a control token."""
        role = (token["role"] or "").lower()
        if self._spoken and (role in PERSONS or PERSONS_TURN.match(token[0])):
            self._read = self._done
        elif role:
            self._read = self._lead
        return token.end()

    def _forget(self) -> None:
        """Note that all so far was thought."""
        self._reset = self._reset or self._spoken
        self._said, self._spoken = [], False
        self._before, self._blank, self._struck = "", True, False
        self._open_here = self._open_above = 0

    def _say(self, piece: str, end: int) -> int:
        self._said.append(piece)
        self._before = piece[-1]
        if not piece.isspace():
            self._blank, self._spoken = False, True
        return end

    def _end_line(self, at: int) -> int:
        self._said.append("\n")
        self._before, self._open_here, self._struck = "", 0, False
        self._blank = True
        return at + 1
