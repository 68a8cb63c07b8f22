"""Secrets anywhere in config.ini and .env, in any form: nothing that is written may tell them."""

from __future__ import annotations

import base64
import contextlib
import io
import json
import logging
import random
import string
import tempfile
import uuid
from collections.abc import Callable, Iterator
from pathlib import Path
from urllib.parse import quote

from engram.config.load import load
from engram.core.errors import ConfigError
from engram.core.masking.masking import Masking
from engram.ops.logs import MaskingFormatter
from engram.terminal.printer import Printer

ROOT = Path(__file__).parents[1]
# So many characters in a row of a secret's random half tell it.
TELLING = 12
BASE62 = string.ascii_letters + string.digits
FORMS: list[Callable[[str], str]] = [
    str, str.upper, str.lower, lambda one: quote(one, safe=""), quote,
    lambda one: base64.b64encode(f"user:{one}".encode()).decode(), lambda one: repr(repr(one)),
    json.dumps, lambda one: "\n  ".join(one), lambda one: one.encode().hex(),
    lambda one: "".join(f"%{ord(letter):02x}" for letter in one),
    lambda one: one[: 3 + len(one) // 2], lambda one: one[len(one) // 3 :],
]  # fmt: skip
PLACES = [
    "{name} = {secret}\n", "{secret} = {value}\n", "[{secret}]\n", "{secret}\n",
    "{name} = {value}, {secret}\n", "{name} = http://me:{secret}@127.0.0.1:1\n",
    "{name} = https://127.0.0.1/?key={secret}\n", "{name} = https://127.0.0.1/v1/{secret}/x\n",
    "{name}{secret} = {value}\n", "; {secret}\n", "{name} = {value} ; {secret}\n",
    "{name} = {secret}\n{name} = {secret}\n", "heartbeat_url = https://hc-ping.com/{secret}/x\n",
]  # fmt: skip
ENVIRONMENTS = [
    "LM_API_TOKEN={}\n",
    "x\n{}\n",
    "MY_KEY='{}'\n",
    "# {}\n",
    "TELEGRAM_CHAT_ID={}\n",
    "",
]


@contextlib.contextmanager
def a_mistyped_secret() -> Iterator[Callable[[random.Random], None]]:
    """A case: a secret in a wrong place, and then in what others say, by every way out."""
    example = (ROOT / "config.ini").read_text(encoding="utf-8").splitlines(keepends=True)
    keys = [one for one in example if " = " in one]
    with tempfile.TemporaryDirectory() as folder:

        def case(chance: random.Random) -> None:
            secret, lines = a_secret(chance), list(example)
            name, _, value = chance.choice(keys).partition("=")
            value = value.partition(";")[0].strip()
            written = chance.choice(PLACES).format(name=name.strip(), value=value, secret=secret)
            lines.insert(chance.randrange(len(lines)), written)
            file = Path(folder, "config.ini")
            file.write_text("".join(lines), encoding="utf-8")
            env = chance.choice(ENVIRONMENTS).format(secret)
            file.with_name(".env").write_text(env, encoding="utf-8")
            masking = Masking()
            said = [f"it says: {chance.choice(FORMS)(secret)} !"]
            try:
                settings = load(file, {}, masking)
                said += [repr(settings), settings.lmstudio.model, *settings.warnings]
            except ConfigError as err:
                refuse_telling(str(err), secret)
                said += err.problems
            for text in said:
                for shown in shown_of(text, masking):
                    refuse_telling(shown, secret)

        yield case


def shown_of(text: str, masking: Masking) -> Iterator[str]:
    """`text` by every way out: log, traceback, terminal, chat, and label of a metric."""
    formatter = MaskingFormatter("%(levelname)s %(message)s", masking, tracebacks=True)
    record = logging.LogRecord("x", logging.INFO, "x", 1, "%s", (text,), None)
    try:
        raise ValueError(text)
    except ValueError as err:
        record.exc_info = (ValueError, err, err.__traceback__)
    yield formatter.format(record)
    printer, printed = Printer(masking), io.StringIO()
    printer.lines([text], to=printed)
    yield printed.getvalue()
    yield printer.safe(text)
    yield masking(text)


def refuse_telling(shown: str, secret: str) -> None:
    """Raise `AssertionError` if `shown` tells the random half of `secret`."""
    half = secret.rpartition(":")[2].removeprefix("sk-").lower()
    small = shown.lower()
    for at in range(len(half) - TELLING + 1):
        piece = half[at : at + TELLING]
        if piece in small or piece.encode().hex() in small:
            raise AssertionError(f"{shown[:300]!r} tells {secret!r}")


def a_secret(chance: random.Random) -> str:
    """A token, key or id as providers make them."""

    def of(letters: str, count: int) -> str:
        return "".join(chance.choices(letters, k=count))

    makers: list[Callable[[], str]] = [
        lambda: f"{of('123456789', 9)}:AA{of(BASE62 + '_-', 33)}",
        lambda: f"sk-{of(BASE62, 48)}",
        lambda: f"sk-lm-{of(BASE62, 8)}:{of(BASE62, 20)}",
        lambda: str(uuid.UUID(int=chance.getrandbits(128))),
        lambda: of("0123456789abcdef", 40),
        lambda: of(BASE62, 32),
    ]
    return chance.choice(makers)()
