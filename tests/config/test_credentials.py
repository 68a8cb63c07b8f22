"""Which parts of a configuration are secrets."""

import pytest

from engram.config import credentials

KNOWN = {"LM_API_TOKEN": str, "TELEGRAM_CHAT_ID": str}


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("LM_API_TOKEN", " abc ", ["abc"]),
        ("TELEGRAM_TOKEN", "abc", ["abc"]),
        ("db_password", "abc", ["abc"]),
        ("TZ", "Europe/Berlin", []),
        ("TELEGRAM_CHAT_ID", "1007321485, -5", []),
        ("TELEGRAM_CHAT_ID", "123:abc", ["123:abc"]),
        ("LM_API_TOKEN", "", []),
    ],
)
def test_variables_that_are_called_like_secrets_are(name, value, found):
    """A mistyped name would put its token into the log, or a time zone out of the answers."""
    assert list(credentials.of_variables({name: value}, KNOWN)) == found


@pytest.mark.parametrize("name", ["HTTP_PROXY", "https_proxy", "ALL_PROXY"])
def test_passwords_of_proxies_are_secrets(name):
    """A proxy's password would be in an error."""
    environ = {name: "http://me:p%40ss@host:1", "GPG_KEY": "abcdef"}
    found = set(filter(None, credentials.of_environment(environ, KNOWN)))
    assert found == {"me:p%40ss", "me", "p%40ss", "p@ss"}


def test_addresses_in_a_text_give_their_secrets():
    """A password in config.ini would be in the log."""
    found = set(credentials.of_text("url = http://a:b1@host/x?key=c2#d, ; http://host:1\n"))
    assert found == {"a:b1", "a", "b1", "c2", ""}


def test_not_more_are_learned_than_a_person_can_have():
    """A file full of random lines would fill the memory."""
    text = "".join(f"{number:032x}z http://u:{number}@h\n" for number in range(5_000))
    assert len(list(credentials.of_text(text))) <= 5 * credentials.MOST
