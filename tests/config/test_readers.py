"""How one configuration value is read."""

import pytest

from engram.config import readers, settings


@pytest.mark.parametrize(
    ("read", "raw", "value"),
    [
        (readers.number(1, 10), "2.5", 2.5),
        (readers.whole(1, 10), "10", 10),
        (readers.zero_or(readers.whole(5, 10)), "0", 0),
        (readers.zero_or(readers.whole(5, 10)), "7", 7),
        (readers.choice("edit", "off"), "EDIT", "edit"),
        (readers.yes_or_no, "Yes", True),
        (readers.yes_or_no, "off", False),
        (readers.matching(r"[A-Z]+", "like USDT"), "USDT", "USDT"),
        (readers.listed(str), "a, b ,,c", ("a", "b", "c")),
        (readers.listed(str), "", ()),
        (readers.url, "https://api.telegram.org/", "https://api.telegram.org"),
        (readers.url, "http://[::1]:1234", "http://[::1]:1234"),
        (readers.server_url, "http://192.168.56.1:1234", "http://192.168.56.1:1234"),
        (settings.PROXY, "socks5h://127.0.0.1:1080", "socks5h://127.0.0.1:1080"),
        (readers.optional(readers.url), "", ""),
        (readers.listed(str, may_be_empty=False), "a", ("a",)),
    ],
)
def test_proper_values_are_read(read, raw, value):
    """What the comments in config.ini suggest would be refused."""
    assert read(raw) == value


@pytest.mark.parametrize(
    ("read", "raw", "sentence"),
    [
        (readers.number(1, 10), "abc", "a number from 1 to 10"),
        (readers.number(1, 10), "nan", "a number from 1 to 10"),
        (readers.number(1, 10), "11", "a number from 1 to 10"),
        (readers.whole(1, 10), "2.5", "a whole number from 1 to 10"),
        (readers.whole(1, 10), "٣", "a whole number from 1 to 10"),
        (readers.zero_or(readers.whole(5, 10)), "4", "0 or a whole number from 5 to 10"),
        (readers.choice("edit", "off"), "eddit", 'one of edit, off; did you mean "edit"?'),
        (readers.yes_or_no, "maybe", "yes or no"),
        (readers.yes_or_no, "", "yes or no"),
        (readers.matching(r"[A-Z]+", "like USDT"), "usdt", "like USDT"),
        (readers.listed(str), "a, a", "a list without repetitions"),
        (readers.listed(str), ",".join(map(str, range(101))), "a list of at most 100"),
        (readers.listed(str, most=2), "a,b,c", "a list of at most 2"),
        (readers.url, "localhost:1234", "an address like http://localhost:1234"),
        (readers.url, "http://", "an address like http://localhost:1234"),
        (readers.url, "http://host:99999", "an address like http://localhost:1234"),
        (readers.url, "http://a b", "an address like http://localhost:1234"),
        (readers.url, "http://me:pw@host", "an address without user, password, ? and #"),
        (readers.server_url, "http://host:1/v1", "the address alone, without /v1"),
        (
            readers.server_url,
            "http://host:1/api/v1/chat",
            "the address alone, without /api/v1/chat",
        ),
        (settings.PROXY, "127.0.0.1:3128", "like http://127.0.0.1:3128 or socks5h://"),
        (readers.listed(str, may_be_empty=False), " , ", "at least one, comma-separated"),
    ],
)
def test_improper_values_say_what_is_allowed(read, raw, sentence):
    """The owner would not learn what to write instead."""
    with pytest.raises(ValueError, match=r"\w") as caught:
        read(raw)
    assert str(caught.value).startswith(sentence)
