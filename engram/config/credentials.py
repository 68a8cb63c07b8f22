"""Which parts of the configuration and of the environment are secrets; pure."""

import re
from collections.abc import Iterator, Mapping
from urllib.parse import unquote

from engram.core.masking.looks import random_parts
from engram.core.model import PROVIDERS

# Variables of .env that are not Engram's: a mistyped name, or something else's password.
_SECRET_NAME = re.compile(r"token|key|secret|pass|pwd|auth|credential|hash", re.IGNORECASE)
_BOT_TOKEN = re.compile(r"\d{1,20}:[\w-]{30,}")
_CHATS = re.compile(r"[-\d,\s]*")
PROXIES = ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY")
_ADDRESS = re.compile(r"\w{1,20}://[^\s,;]{1,4096}")
# More than these are in no configuration that anybody uses.
MOST = 1000


def variable_for(section: str, key: str, value: str) -> str:
    """The name in .env under which a secret belongs that stands in config.ini; "" for none."""
    if _BOT_TOKEN.fullmatch(value.strip()):
        return "TELEGRAM_BOT_TOKEN"
    if not _SECRET_NAME.search(key):
        return ""
    provider = PROVIDERS.get(section)
    return provider.credential if provider else "TELEGRAM_BOT_TOKEN" * (section == "telegram")


def of_variables(variables: Mapping[str, str], known: Mapping[str, object]) -> Iterator[str]:
    """The secrets among the `variables` of .env: those that are `known`, or called like one."""
    for name, value in variables.items():
        if name in known or _SECRET_NAME.search(name):
            # The owner's chats are no secret.
            yield from () if _CHATS.fullmatch(value) else (value.strip(),)


def of_environment(environ: Mapping[str, str], known: Mapping[str, object]) -> Iterator[str]:
    """The secrets in the environment: those that are `known`, and the passwords of proxies.

    Others' are called like secrets as well, and are none (`SSH_AUTH_SOCK`).
    """
    yield from of_variables({name: environ.get(name, "") for name in known}, known)
    for name in (*PROXIES, *map(str.lower, PROXIES)):
        yield from _of_address(environ.get(name, ""))


def of_text(text: str) -> Iterator[str]:
    """What looks like a secret in the text of a file: what is random, and what addresses hold."""
    for number, found in enumerate(random_parts(text)):
        if number == MOST:
            break
        yield found
    for number, address in enumerate(_ADDRESS.finditer(text)):
        if number == MOST:
            break
        yield from _of_address(address[0])


def of_whole_address(address: str) -> Iterator[str]:
    """The secrets of an `address` that is one itself: all that stands below its host."""
    _, _, below = address.partition("://")
    host, slash, path = below.partition("/")
    if slash:
        yield path
        yield from re.split(r"[/?&=#]", path)
    yield from _of_address(f"x://{host}?{path.partition('?')[2]}")


def _of_address(address: str) -> Iterator[str]:
    """The password in `address`, the name beside it, and the values after its question mark."""
    below = address.partition("://")[2] or address
    at = re.split(r"[/?#]", below, maxsplit=1)[0].rpartition("@")[0]
    if at:
        name, _, password = at.partition(":")
        yield from filter(None, {at, name, password, unquote(password)})
    for part in re.split(r"[&#]", below.partition("?")[2]):
        yield part.partition("=")[2]
