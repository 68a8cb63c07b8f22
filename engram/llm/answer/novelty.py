"""How much of a text is new; pure. What a loop says in ever another order is not."""

# What is new is told by so many characters in a row, at every `EVERY`th place.
GRAM, EVERY = 12, 4
# It is looked for in blocks of so many characters. Tables and code with lines that are alike have
# 15 % that is new, a paragraph with another price each time 5 %, lines in another order none.
BLOCK, NEW = 500, 0.08
# A text that is said once more as a whole may have been asked for: what was said no longer ago than
# this many characters is not new.
RECENT = 2000
# So many characters without anything new nobody writes on purpose.
STALE = 6000
# What is looked at.
SPAN = STALE + 2 * RECENT


def stale(text: str) -> int:
    """How many characters at the end of `text` say nothing that it has not just said.

    0 if they are fewer than `STALE`. Of a long text its last `SPAN` characters count.
    """
    text = text[-SPAN:]
    said: dict[str, int] = {}
    length = 0
    for start in range(len(text) % BLOCK, len(text), BLOCK):
        new = 0
        for at in range(max(start, GRAM), start + BLOCK):
            gram = text[at - GRAM : at]
            if at % EVERY == 0:
                new += at - said.get(gram, -SPAN) > RECENT
            said[gram] = at
        length = 0 if new > NEW * BLOCK / EVERY else length + BLOCK
    return length if length >= STALE else 0
