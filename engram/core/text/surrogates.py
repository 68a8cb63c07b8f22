"""UTF-16, in whose units JSON escapes characters and Telegram counts them; pure."""


def well_formed(text: str) -> str:
    """`text` with the halves of a character joined, and a half without the other replaced.

    JSON escapes UTF-16 units, not characters (RFC 8259, 8.2), and a program that counts units can
    cut an emoji in two. Neither UTF-8 nor SQLite takes the result.
    """
    if text.isascii():
        return text
    return text.encode("utf-16-le", "surrogatepass").decode("utf-16-le", "replace")


def utf16_length(text: str) -> int:
    """The length of a well-formed `text` as Telegram counts it."""
    return len(text.encode("utf-16-le")) // 2
