"""Secrets are taken out of texts, in whatever form, and nothing else is."""

import base64
import html
import json
import random
import string
from functools import partial
from urllib.parse import quote

import pytest

from engram.core.masking.masking import Masking
from engram.core.text.surrogates import utf16_length
from tests.growth import is_in_proportion

TOKEN = "123456789:AAE-kT9xQ2vLm_4RfZ7yWbN1cHs8DpGj6eUa"
HALF = TOKEN.partition(":")[2]
KEY = "sk-lm-aB3dE9fG:hJ2kL5mN8pQ1rS4tU7vW"
PASSWORD = "p@ss w0rd/'xY9\"Z"
MASKING = Masking([TOKEN, KEY, PASSWORD, "lm-secret", "hunter2"])

FORMS = {
    "raw": lambda one: one,
    "capitals": str.upper,
    "small": str.lower,
    "in an address": lambda one: quote(one, safe=""),
    "in an address, small": lambda one: quote(one, safe="").lower(),
    "twice in an address": lambda one: quote(quote(one, safe=""), safe=""),
    "every character escaped": lambda one: "".join(f"%{ord(letter):02x}" for letter in one),
    "JSON": lambda one: json.dumps(one)[1:-1],
    "JSON, every character": lambda one: "".join(f"\\u{ord(letter):04x}" for letter in one),
    "JSON in JSON": lambda one: json.dumps(json.dumps(one)),
    "repr": lambda one: repr(repr(one)),
    "bytes": lambda one: repr(one.encode()),
    "HTML": html.escape,
    "lines": lambda one: f"{one[:9]}\n  | {one[9:]}",
    "invisible": lambda one: "\u200b".join(one),
    "upon each letter a mark": "\u0301".join,
    "invisible, of another kind": lambda one: "\ufe0f\u180e\U000e0020\u3164".join(one),
    "dotted": "·".join,
    "wide": lambda one: "".join(chr(ord(each) + 0xFEE0 * (each > " ")) for each in one),
    "spaced": " ".join,
    "base64": lambda one: base64.b64encode(one.encode()).decode(),
    "Basic": lambda one: base64.b64encode(f"me:{one}".encode()).decode(),
    "Basic, longer name": lambda one: base64.b64encode(f"someone:{one}".encode()).decode(),
    "base64 for addresses": lambda one: base64.urlsafe_b64encode(f"x{one}y".encode()).decode(),
    "hex": lambda one: one.encode().hex(),
    "logged": lambda one: f"GET /bot{one}/getMe HTTP/1.1",
}


def left(secret, text):
    """Whether `text` still gives `secret` away, by eight characters of any of its forms."""
    shown = text.replace("•", " ").replace("***", " ").lower()
    forms = [secret.lower(), *(FORMS[form](secret).lower() for form in ("base64", "hex"))]
    return [form for form in forms for at in range(len(form) - 7) if form[at : at + 8] in shown]


@pytest.mark.parametrize("form", FORMS)
@pytest.mark.parametrize("secret", [HALF, KEY, PASSWORD])
def test_a_known_secret_is_masked_in_every_form(secret, form):
    """A log, a chat or a crash would hand over the bot."""
    written = FORMS[form](secret)
    text = f"before [{written}] after"
    for masked in (MASKING(text), MASKING.in_place(text)):
        assert masked.startswith("before [")
        assert masked.endswith("] after")
        assert written not in masked
        assert not left(secret, masked)
    assert len(MASKING.in_place(text)) == utf16_length(text)


@pytest.mark.parametrize("form", ["raw", "in an address", "JSON", "repr", "capitals"])
@pytest.mark.parametrize("secret", ["lm-secret", "hunter2"])
def test_a_simple_secret_is_masked_where_it_stands_alone(secret, form):
    """A short password would be in the log."""
    assert secret not in MASKING(f"before {FORMS[form](secret)} after").lower()


@pytest.mark.parametrize("part", [TOKEN[10:], TOKEN[14:26], KEY[:14], KEY[15:], KEY[20:31]])
def test_a_part_of_a_secret_is_masked(part):
    """Servers repeat the beginning of a key in their errors."""
    assert part not in MASKING(f"Incorrect API key: {part}… ({part})")
    for form in ("hex", "Basic", "in an address"):
        coded = FORMS[form](part)
        assert coded[-10:] not in MASKING(f"key {coded}")


@pytest.mark.parametrize(
    "text",
    [
        "123456789:ABCdefGHIjklMNOpqrsTUVwxyz-0123", "bot987654:AAE_abcdefghijklmnopqrst/getMe",
        "Authorization: Bearer abcdef", "{'Authorization': 'Basic YWJjOmRlZg=='}",
        '{"x-api-key": "abcdef"}', "api_key=abcdef123", "http://me:abcdef@host:1/x",
        "https://host/x?a=1&access_token=abcdef", "key sk-proj-abcdefghijklmnopqrst",
        "ghp_abcdefghijklmnopqrstuvwxyz0123", "AKIAABCDEFGHIJKLMNOP",
        "eyJhbGciOiJIUzI1NiJ9.eyJzdWIiOiIxIn0.abcdefgh", "https://hc-ping.com/abcdef/engram",
        "curl -H bearer abcdef0123456789", "bot987654%3AAAE_abcdefghijklmnopqrst",
        "bot987654%253AAAE_abcdefghijklmnopqrst",
    ],
)  # fmt: skip
def test_what_looks_like_a_secret_is_masked(text):
    """Another bot's token, or a proxy's password, would be in the log."""
    masked = Masking()(text)
    assert "***" in masked
    for part in ("abcdef", "ABCdef", "ABCDEF", "YWJj"):
        assert part not in masked


@pytest.mark.parametrize(
    "text",
    [
        "LM Studio runs lm-studio-community/Qwen3 on port 1234; a test of 1234 passed",
        "The bearer of bad news has no authorization. Basic rules: support at 95,000.",
        "see https://docs.ccxt.com/#/README?id=keys and me@example.org, BTC/USDT:USDT 100%",
        "password: four words. Token: a piece of a word. key = value",
        "123456 12345678 2026-11-29T01:30:00 12:30:45",
        "ß Жук 你好 🚀 — “quoted”", "", "%", "\\u12",
    ],
)  # fmt: skip
def test_ordinary_text_stays_as_it_is(text):
    """Answers would have holes."""
    masking = Masking(["test", "1234", "password", "lm-studio", "lmstudio", "telegram", KEY, TOKEN])
    assert masking(text) == text
    assert masking.in_place(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "headers = {'Authorization': f'Bearer {token}', 'X-API-KEY': api_key}",
        'api_key = os.environ["BINANCE_KEY"]; api-key: required. Set-Cookie: see above',
        "Authorization: Bearer YOUR_TOKEN", "-H 'Authorization: Bearer ${API_TOKEN}'",
        "https://www.alphavantage.co/query?function=RSI&symbol=BTC&apikey=YOUR_KEY&auth=none",
        "a basic strategy-2024, a bearer certificate1, Basic 101trading",
        "hf_transformers_library_is_good_and_long, sk-something-very-long-and-plain",
        "postgres://user:password@localhost/db",
        "0x742d35Cc6634C0532925a3b844Bc454e4438f44e bc1qar0srrr7xfkvy5l643lydnw9re59gtzzwf5mdq",
        "https://www.binance.com/en/trade/BTC_USDT?type=spot&ref=123",
        "e3b0c44298fc1c149afbf4c8996fb92427ae41e4649b934ca495991b7852b855",
    ],
)  # fmt: skip
def test_code_and_addresses_in_an_answer_stay_as_they_are(text):
    """A script that somebody asked for would not run, and nobody would know why."""
    assert MASKING.in_place(text) == text


@pytest.mark.parametrize(
    "text",
    [
        "Authorization: Bearer aB3dE9fG7hJ2", "http://me:hunter2x@host", "?api_key=Xk29fjQ0mWz8",
        "ghp_abc1efghijk2mnopqrs3uvwxyz0123", "1234567:aB3dE9fG7hJ2aB3dE9fG7hJ2",
    ],
)  # fmt: skip
def test_what_looks_random_is_masked_in_an_answer_too(text):
    """Another's key in what a server says would be in the chat."""
    assert "••••" in MASKING.in_place(text)


def test_what_is_learned_later_is_masked_from_then_on():
    """A token that was pasted while the bot runs would be in the log."""
    masking = Masking([TOKEN])
    masking.learn([KEY, ""])
    assert masking(f"{KEY} {TOKEN}") == "*** ***"


def test_positions_stay_right():
    """Formatting would begin in the middle of a word, or Telegram refuse the message."""
    masking = Masking(["🚀aB3dE9fG7h"])
    assert masking.in_place("x 🚀aB3dE9fG7h **y**") == f"x {12 * '•'} **y**"


def test_parts_of_random_keys_are_masked():
    """A third of a key would be found in an error of its server."""
    chance = random.Random(1)
    for _ in range(200):
        key = "".join(chance.choices(string.ascii_letters + string.digits, k=40))
        at = chance.randrange(27)
        assert "***" in Masking([key])(f"key {key[at : at + 13]} is wrong")


@pytest.mark.parametrize(
    "text",
    [
        "%", "\\", "&#", "sk-", "eyJ", "1", "://", "?key=", "authorization: ", "bearer ", "bearer",
        "a_", "&api-", TOKEN[:12], HALF, HALF[:9], "x-api-key: ", "\u200b", "hc-ping.com/", "🚀",
    ],
)  # fmt: skip
def test_no_text_takes_more_than_linear_time(text):
    """A hostile model server would hold the interpreter with one line."""
    long = (text * 200_000)[:400_000]
    assert is_in_proportion(lambda length: partial(MASKING, long[:length]), len(long))
