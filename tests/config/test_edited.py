"""One value in the text of config.ini or .env, and nothing else."""

import io
from pathlib import Path

import pytest
from dotenv.parser import parse_stream

from engram.config.edited import ini_parser, with_key, with_variable
from engram.config.text_file import normal

TEMPLATE = (Path(__file__).parents[2] / "config.ini").read_text("utf-8")
URL = "http://10.0.2.2:1234"


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "[lmstudio]\nurl = NEW\n"),
        ("[market]\nquote = EUR", "[market]\nquote = EUR\n\n[lmstudio]\nurl = NEW\n"),
        ("[lmstudio]", "[lmstudio]\nurl = NEW\n"),
        (
            "[lmstudio]\nmodel = x\n\n; about quotes\n[market]\n",
            "[lmstudio]\nmodel = x\nurl = NEW\n\n; about quotes\n[market]\n",
        ),
        (
            "[lmstudio]\nURL=http://a:1   ; mine\nmodel = x",
            "[lmstudio]\nURL= NEW ; mine\nmodel = x",
        ),
        (
            "[lmstudio]\nurl : http://a:1\n  ,http://b:2\n# why\nmodel = x\n",
            "[lmstudio]\nurl : NEW\n# why\nmodel = x\n",
        ),
        (
            "[openai]\nurl = u\n[lmstudio] ; here\r\nurl = a\r\n",
            "[openai]\nurl = u\n[lmstudio] ; here\r\nurl = NEW\r\n",
        ),
        ("\ufeff# mine\r\n[lmstudio]\r\n", "\ufeff# mine\r\n[lmstudio]\r\nurl = NEW\r\n"),
        ("[lmstudio]\nmodel = a\n  b\n", "[lmstudio]\nmodel = a\n  b\nurl = NEW\n"),
    ],
)
def test_a_key_is_set_where_people_look_for_it(before, after):
    """What somebody has written around a key, and in which way, would be lost."""
    assert with_key(before, "lmstudio", "url", URL) == after.replace("NEW", URL)


def test_in_the_file_that_everybody_has_a_value_is_all_that_changes():
    """A comment would be lost, or leave its column, in the file of each who sets up a bot."""
    lines = TEMPLATE.splitlines()
    changed = with_key(TEMPLATE, "lmstudio", "url", URL).splitlines()
    ((old, new),) = [pair for pair in zip(lines, changed, strict=True) if pair[0] != pair[1]]
    assert new == old.replace("http://localhost:1234", f"{URL} ")


@pytest.mark.parametrize(
    "value",
    ["a\n[telegram]\napi_url = http://127.0.0.1:9", "a ; b", "a\nb", "a\r  b", " a", "a\nurl = x"],
)
def test_a_value_changes_no_other_key(value):
    """A server that calls its model so could have the bot send its token elsewhere."""
    with pytest.raises(ValueError, match="cannot be changed here"):
        with_key(TEMPLATE, "lmstudio", "model", value)


@pytest.mark.parametrize(
    ("before", "after"),
    [
        ("", "LM_API_TOKEN=k3y\n"),
        ("# keys\nA=1", "# keys\nA=1\nLM_API_TOKEN=k3y\n"),
        ("# a\n\nLM_API_TOKEN=\n\n# b\nA=1\n", "# a\n\nLM_API_TOKEN=k3y\n\n# b\nA=1\n"),
        ("export LM_API_TOKEN='old'\r\nA=1\r\n", "export LM_API_TOKEN=k3y\r\nA=1\r\n"),
        ("LM_API_TOKEN=1\nLM_API_TOKEN=2", "LM_API_TOKEN=k3y\nLM_API_TOKEN=k3y\n"),
        ("\ufeffLM_API_TOKEN=1\n", "\ufeffLM_API_TOKEN=k3y\n"),
    ],
)
def test_a_secret_is_set_where_it_stood(before, after):
    """Other secrets, and what somebody has noted beside them, would be lost."""
    assert with_variable(before, "LM_API_TOKEN", "k3y") == after


@pytest.mark.parametrize("value", ["it's", '"', "a#b", "$HOME", "\\", "a\\'", "'", "=", "\\n"])
def test_any_key_is_read_back_as_it_was_typed(value):
    """A key with a quotation mark would be another one from the next start on."""
    text = with_variable("A=1\n", "LM_API_TOKEN", value)
    read = {one.key: one.value for one in parse_stream(io.StringIO(text))}
    assert read == {"A": "1", "LM_API_TOKEN": value}


def test_a_secret_changes_no_other():
    """A paste of two lines would write both."""
    with pytest.raises(ValueError, match="cannot be changed here"):
        with_variable("A=1\nB='never ended\n", "B", "x\nA=2")


def test_a_file_that_nobody_can_read_stays_as_it_is():
    """A file in a form that is none would end setup with a traceback."""
    with pytest.raises(ValueError, match="cannot be changed here"):
        with_key("[lmstudio]\nurl = a\nurl = b\n", "lmstudio", "url", URL)


def test_a_million_blanks_take_no_time():
    """A file that was damaged would hold whoever sets up the bot for hours."""
    gap = " " * 900_000
    parser = ini_parser()
    parser.read_string(normal(with_key(f"[lmstudio]\nurl = a{gap}; b\n", "lmstudio", "url", URL)))
    assert parser["lmstudio"]["url"] == URL
    assert with_variable(f"A=1{gap}2\n", "B", "3") == f"A=1{' ' * 64}2\nB=3\n"
