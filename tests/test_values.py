"""How one configuration value is read."""

import pytest

from engram import values


@pytest.mark.parametrize(
    ("read", "raw", "value"),
    [
        (values.number(1, 10), "2.5", 2.5),
        (values.whole(1, 10), "10", 10),
        (values.choice("edit", "off"), "EDIT", "edit"),
        (values.matching(r"[A-Z]+", "USDT"), "USDT", "USDT"),
        (values.listed(values.text), "a, b ,,c", ("a", "b", "c")),
        (values.listed(values.text), "", ()),
        (values.url, "https://api.telegram.org/", "https://api.telegram.org"),
        (values.url, "http://[::1]:1234", "http://[::1]:1234"),
        (values.server_url, "http://192.168.56.1:1234", "http://192.168.56.1:1234"),
        (values.proxy, "socks5h://127.0.0.1:1080", "socks5h://127.0.0.1:1080"),
        (values.proxy, "", ""),
        (values.optional(values.url), "", ""),
        (values.several(values.listed(values.text)), "a", ("a",)),
    ],
)
def test_proper_values_are_read(read, raw, value):
    """What the comments in config.ini suggest would be refused."""
    assert read(raw) == value


@pytest.mark.parametrize(
    ("read", "raw", "sentence"),
    [
        (values.number(1, 10), "abc", "a number from 1 to 10"),
        (values.number(1, 10), "nan", "a number from 1 to 10"),
        (values.number(1, 10), "11", "a number from 1 to 10"),
        (values.whole(1, 10), "2.5", "a whole number from 1 to 10"),
        (values.whole(1, 10), "٣", "a whole number from 1 to 10"),
        (values.choice("edit", "off"), "eddit", 'one of edit, off; did you mean "edit"?'),
        (values.matching(r"[A-Z]+", "USDT"), "usdt", "like USDT"),
        (values.listed(values.text), "a, a", "a list in which nothing stands twice"),
        (values.url, "localhost:1234", "an address like http://localhost:1234"),
        (values.url, "http://", "an address like http://localhost:1234"),
        (values.url, "http://host:99999", "an address like http://localhost:1234"),
        (values.url, "http://a b", "an address like http://localhost:1234"),
        (values.url, "http://me:pw@host", "an address without user, password, ? and #"),
        (values.server_url, "http://host:1/v1", "the address alone, without /v1"),
        (values.server_url, "http://host:1/api/v1/chat", "the address alone, without /api/v1/chat"),
        (values.proxy, "127.0.0.1:3128", "an address like http://127.0.0.1:3128"),
        (values.several(values.listed(values.text)), " , ", "at least one, comma-separated"),
    ],
)
def test_improper_values_say_what_is_allowed(read, raw, sentence):
    """The owner would not learn what to write instead."""
    with pytest.raises(ValueError, match=r"\w") as caught:
        read(raw)
    assert str(caught.value).startswith(sentence)
