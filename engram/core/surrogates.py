"""Halves of characters, which JSON can carry and nothing else can; pure."""


def well_formed(text: str) -> str:
    """`text` with the halves of a character joined, and a half without the other replaced.

    JSON escapes UTF-16 units, not characters (RFC 8259, 8.2), and a program that counts units can
    cut an emoji in two. Neither UTF-8 nor SQLite takes the result.
    """
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")
