"""Text that never repeats itself, for what is only about its length."""


def babble(length: int) -> list[str]:
    """Pieces of such a text, `length` characters together or a few more."""
    pieces, written = [], 0
    for n in range(length):
        pieces.append(f"{n * n} is a square, ")
        written += len(pieces[-1])
        if written >= length:
            break
    return pieces
