"""`Repetition`: notices that a model says the same thing over and over, while it says it; pure.

Told by the end of the text alone: it repeats a block, of a character up to a few thousand, without
a gap, and for longer than anybody writes on purpose. Numbers that count up in each block count as
the same. Where there is no such block, as in a loop that shuffles its lines or lets them grow, the
want of anything new tells it. Time is linear in the length of the text, and memory is bounded.
"""

import re

from engram.llm.answer.novelty import SPAN, STALE, stale

# Characters after which it is looked at again.
STEP = 256
# A hundred lines of one sentence may have been asked for, and a form has lines that are all the
# same: repeated is what fills at least so many characters, and so many with numbers that count up.
LEAST, COUNTING = 2000, 4000
OFTEN = 101
# Of long blocks so many are enough.
SELDOM = 4
# Looked for are blocks of up to so many characters, the shorter ones first.
BLOCKS = (1000, COUNTING)
WINDOW = SELDOM * BLOCKS[-1] + STEP
# What is left of a repetition: so many characters, or the block and once more.
KEPT = 200
# A number that may count; a longer row of digits does not. While texts are compared it is one
# character, which Unicode has no other use for.
DIGITS = 9
# Counting begins anew after this, if at all.
ROUND = 9
_NUMBERS = re.compile(rf"(?<!\d)\d{{1,{DIGITS}}}(?!\d)")
_MARK = "\ufdd0"
_DIGITS = re.compile(r"\d*")


class Repetition:
    """Takes the pieces of a text, cut anywhere.

    `surplus` is how many characters at the end of the text are too many once it is in a loop, and
    0 before that.
    """

    def __init__(self) -> None:
        self.surplus = 0
        # A number that may not have ended, and whether a row of digits has not.
        self._held, self._in_row = "", False
        # The end of the text, with a mark in place of each number, and those numbers.
        self._text = ""
        self._numbers: list[str] = []
        self._unread = 0
        # The end of the text as it is, and how much of it came since it was last read.
        self._raw = ""
        self._raw_unread = 0

    def feed(self, piece: str) -> bool:
        """Whether the text, with `piece` at its end, is in a loop. Of a huge one its end counts."""
        for at in range(max(0, len(piece) - 4 * WINDOW), len(piece), STEP):
            if self.surplus:
                self.surplus += len(piece) - at
                break
            self._take(piece[at : at + STEP])
            self._look_for_news(piece[at : at + STEP])
        return bool(self.surplus)

    def _take(self, piece: str) -> None:
        piece = self._held + piece.replace(_MARK, "\ufffd")
        self._unread += len(piece) - len(self._held)
        if self._in_row and (row := _DIGITS.match(piece)):
            self._text += row[0]
            piece = piece[row.end() :]
        end = len(piece)
        while end and piece[end - 1].isdecimal():
            end -= 1
        # The next piece may go on with a number.
        self._in_row = len(piece) - end > DIGITS or (self._in_row and not piece)
        end = len(piece) if self._in_row else end
        piece, self._held = piece[:end], piece[end:]
        self._numbers += _NUMBERS.findall(piece)
        self._text += _NUMBERS.sub(_MARK, piece)
        if self._unread >= STEP:
            self._unread = 0
            self._look()

    def _look_for_news(self, piece: str) -> None:
        self._raw += piece
        self._raw_unread += len(piece)
        if self._raw_unread >= STALE // 3 and len(self._raw) >= STALE:
            self._raw, self._raw_unread = self._raw[-SPAN:], 0
            self.surplus = self.surplus or max(stale(self._raw) - KEPT, 0)

    def _look(self) -> None:
        if len(self._text) > 2 * WINDOW:
            cut = len(self._text) - WINDOW
            del self._numbers[: self._text.count(_MARK, 0, cut)]
            self._text = self._text[cut:]
        # Backwards, because only a search forwards is linear whatever the text is.
        text = self._text[: -WINDOW - 1 : -1]
        for most in BLOCKS:
            # A piece as long as the block stands only where the block does.
            block = text.find(text[:most], 1) if len(text) > most else -1
            if 0 < block <= most and self._is_loop(text, block):
                return

    def _is_loop(self, text: str, block: int) -> bool:
        """Whether `text`, which is backwards, begins with enough of a `block` of that length."""
        length = max(min(max(LEAST, OFTEN * block), COUNTING), SELDOM * block)
        counts = text[:block].count(_MARK)
        if not self._repeats(text, length, block):
            return False
        if counts and not self._same(text, length, counts):
            length = max(COUNTING, SELDOM * block)
            if not (
                self._repeats(text, length, block) and self._same(text, length, counts, count=True)
            ):
                return False
        # It was not there yet when it was looked for last.
        most = length + STEP
        while length < most and text[length : length + 1] == text[length - block]:
            length += 1
        kept = max(KEPT, 2 * block)
        self.surplus = self._width(text[: length - kept]) + len(self._held)
        return True

    @staticmethod
    def _repeats(text: str, length: int, block: int) -> bool:
        return len(text) >= length and text[: length - block] == text[block:length]

    def _same(self, text: str, length: int, counts: int, *, count: bool = False) -> bool:
        """Whether the `counts` numbers of each block are the same in the next.

        Where they may `count` they may be one more, or begin anew as minutes and days do.
        """
        numbers = [*map(int, self._numbers[-text[:length].count(_MARK) :])]
        return all(
            a == b or (count and (b == a + 1 or b <= 1 < ROUND <= a))
            for a, b in zip(numbers, numbers[counts:], strict=False)
        )

    def _width(self, text: str) -> int:
        """The characters that `text`, the end of what was said, had with its numbers."""
        marks = text.count(_MARK)
        numbers = self._numbers[-marks:] if marks else []
        return len(text) - marks + sum(map(len, numbers))
