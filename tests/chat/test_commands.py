"""The table of commands, and what follows from it."""

import re

import pytest

from engram.chat.commands import (
    COMMANDS,
    HELP,
    LISTED,
    May,
    Need,
    Press,
    argument_of,
    command_of,
    known,
    needs,
)
from engram.chat.texts import ADMINISTRATORS_ONLY
from engram.core.person import Person
from tests.chat.test_assistant import final, make

GUEST = Person(7, "Ann", leads=lambda: False, may_change=lambda: False)
OWNER = Person(8, "Bob", leads=lambda: True, may_change=lambda: True)


@pytest.mark.parametrize(
    ("text", "command"),
    [("/help", "help"), ("/Analyze BTC", "analyze"), ("/status@bot", "status"), ("hi", None),
     ("", None), ("/", None), (" /new", "new"), ("1/2", None)],
)  # fmt: skip
def test_commands_are_recognised(text, command):
    """A command would be sent to the model as a question."""
    assert command_of(text) == command


@pytest.mark.parametrize(
    ("text", "argument"),
    [
        ("/size", ""),
        ("/size  10000 1% ", "10000 1%"),
        ("/size\nBTC\n4h", "BTC\n4h"),
        ("/models load", ""),
        ("/models@bot  Load\nqwen 3 ", "qwen 3"),
        ("/models loaded", "loaded"),
        ("", ""),
        ("hello load it", "load it"),
    ],
)
def test_the_words_after_a_command_are_what_it_is_given(text, argument):
    """A command would read its own name as a market."""
    assert argument_of(text) == argument


@pytest.mark.parametrize("name", COMMANDS)
def test_every_command_is_known(name):
    """A person would choose a command from the menu and be told that there is none."""
    assert not final(make(), f"/{name}").startswith("I don't know")


@pytest.mark.parametrize(
    ("typed", "said"),
    [
        ("/analyz BTC", "I don't know that command. Did you mean /analyze?\n\nWhat I can do:"),
        ("/xyzzy", "I don't know that command.\n\nWhat I can do:"),
    ],
)
def test_a_slip_of_the_pen_is_named(typed, said):
    """A person would have to look for the difference in the list of all commands."""
    assert final(make(), typed).startswith(said)


def test_help_lists_every_command():
    """A command would exist that nobody finds."""
    assert list(LISTED) == [name for name, command in COMMANDS.items() if command.help]
    for name, line in LISTED.items():
        own = COMMANDS[name].goes_with or name
        (found,) = [one for one in HELP.splitlines() if one.startswith(f"/{own} - {LISTED[own]}")]
        assert f" · /{name}" in found if own != name else line in found


def test_telegram_takes_the_menu():
    """Telegram would refuse the whole menu: https://core.telegram.org/bots/api#botcommand."""
    for name, line in LISTED.items():
        assert re.fullmatch("[a-z0-9_]{1,32}", name)
        assert 1 <= len(line) <= 256


@pytest.mark.parametrize(
    ("text", "need"),
    [
        ("hello", Need.MODEL),
        ("/analyze BTC", Need.MODEL),
        ("/size 10000 1% BTC", Need.MARKET),
        ("/Stop@engram_bot", Need.NOTHING),
        ("/models qwen3-8b", Need.NOTHING),
        ("/models load qwen3-8b", Need.MODEL),
        ("/models eject qwen3-8b", Need.NOTHING),
        ("/nonsense", Need.NOTHING),
        ("", Need.MODEL),
    ],
)
def test_an_answer_waits_for_what_it_needs_and_nothing_else(text, need):
    """The list of commands would wait behind a model that thinks for minutes."""
    assert needs(text) is need


def test_who_may_use_what():
    """A guest would delete a group's conversation, or could not even see its models."""
    new, models, status = map(known, ("/new", "/models", "/status"))
    assert new.objection(GUEST, "") == models.objection(GUEST, "2") == ADMINISTRATORS_ONLY
    assert known("/think").objection(GUEST, "off") == ADMINISTRATORS_ONLY
    free = (models.objection(GUEST, ""), status.objection(GUEST, "x"))
    assert (*free, new.objection(OWNER, ""), new.objection(None, "")) == ("", "", "", "")


def test_what_is_for_some_only_is_carried_out_in_its_order():
    """Somebody who sends /models 1, /models 2, /models 1 would be left with the second one."""
    for command in COMMANDS.values():
        assert command.changes or command.may is May.EVERYBODY


def test_only_what_a_button_can_be_for_is_taken_from_a_press():
    """Anybody can make up a press: it would forget a conversation without a word in the chat."""
    assert COMMANDS["new"].press is Press.NEVER
