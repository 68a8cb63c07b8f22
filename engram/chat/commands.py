"""The table of commands: what each is for, what it needs, and who may use it.

Help, Telegram's menu, and where an answer waits for its turn follow from it. What answers a command
is in `chat/handlers/table.py`: a bot takes messages before it has loaded that.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from enum import Enum

from engram.chat import texts
from engram.core.formats import near
from engram.core.person import Person


class Need(Enum):
    """What an answer waits for: it never waits behind one that needs more."""

    NOTHING = "nothing"  # answered at once, whatever else a chat waits for
    MARKET = "market"  # figures of an exchange, and no model
    MODEL = "model"


class May(Enum):
    """Who may use a command, most of them in a group."""

    EVERYBODY = "everybody"
    WHO_MAY_CHANGE = "who may change"  # things for the others: see `group_commands`
    WITH_WORDS = "who may change, with words"  # everybody may use the bare command
    WHO_ARMED = "who armed it"  # or leads the group
    OWNER = "the bot's owner"  # in every chat, and nobody else


class Press(Enum):
    """What a press of a button with the command does."""

    NEVER = "never"  # no button has it, so that nobody is believed who sends one
    ANSWERED = "answered"  # with a new message
    CHANGES_PANEL = "changes panel"  # whose button it is
    REPLACES = "replaces"  # the message whose button it is
    NOTED = "noted"  # answered with a note on the screen, and nothing else


@dataclass(frozen=True, slots=True)
class Command:
    """A command without its slash, and all that is known of it.

    Where `name` is two words, the second is the first of those that follow the command.

    `help` is its line in the menu and in /help; without one it is in neither. In /help it stands in
    the line of the command that it `goes_with`, if any. `changes` tells that it matters in which
    order it is carried out.
    """

    name: str
    help: str
    needs: Need
    may: May = May.EVERYBODY
    press: Press = Press.NEVER
    changes: bool = False
    goes_with: str = ""

    def objection(self, by: Person | None, argument: str, *, is_owner: bool = False) -> str:
        """Why `by` may not use it with `argument`; "" for those who may. May take a request.

        `is_owner` tells whether that is the bot's owner. What belongs to somebody is not looked up:
        see `Assistant.objection`.
        """
        if self.may is May.OWNER:
            return "" if is_owner else texts.OWNER_ONLY
        is_free = self.may in (May.EVERYBODY, May.WHO_ARMED) or (
            self.may is May.WITH_WORDS and not argument
        )
        return "" if is_free else texts.objection(by)


def _table(*commands: Command) -> Mapping[str, Command]:
    return {command.name: command for command in commands}


# In the order of the menu.
COMMANDS = _table(
    Command("analyze", "Analyse a market: /analyze BTC 4h", Need.MODEL, press=Press.CHANGES_PANEL),
    Command("refresh", "", Need.MODEL, press=Press.CHANGES_PANEL),
    Command("open", "", Need.MODEL, press=Press.ANSWERED),
    Command("size", "Size a position: /size 10000 1% BTC", Need.MARKET),
    Command("price", "Show prices: /price BTC ETH SOL", Need.MARKET),
    Command("record", "See what became of the signals: /record BTC", Need.NOTHING),
    Command("alert", "Be told when a price is reached: /alert BTC > 100000", Need.MARKET,
            May.WHO_MAY_CHANGE, Press.ANSWERED, changes=True),
    Command("alerts", "List the alerts that are armed", Need.NOTHING, press=Press.REPLACES,
            goes_with="alert"),
    Command("watch", "Be told when a signal changes: /watch BTC 4h", Need.MARKET,
            May.WHO_MAY_CHANGE, Press.ANSWERED, changes=True),
    Command("unwatch", "Stop watching a market: /unwatch BTC 4h", Need.MARKET, changes=True,
            goes_with="watch"),
    Command("watchlist", "Show what is watched, as a table", Need.MARKET, goes_with="watch"),
    Command("digest", "Be sent the watchlist each day: /digest 08:00", Need.NOTHING,
            May.WITH_WORDS, changes=True, goes_with="watch"),
    Command("timezone", "Set the time zone: /timezone Europe/Berlin", Need.NOTHING,
            May.WITH_WORDS, Press.ANSWERED, changes=True, goes_with="watch"),
    Command("disarm", "", Need.NOTHING, May.WHO_ARMED, Press.REPLACES, changes=True),
    Command("again", "", Need.MARKET, May.WHO_MAY_CHANGE, Press.ANSWERED, changes=True),
    Command("resume", "", Need.MARKET, May.WHO_MAY_CHANGE, Press.ANSWERED, changes=True),
    Command("status", "See whether the language model is connected", Need.NOTHING),
    Command("models", "Choose the language model", Need.NOTHING, May.WITH_WORDS, Press.REPLACES,
            changes=True),
    Command("models load", "", Need.MODEL, May.OWNER, Press.REPLACES, changes=True),
    Command("models eject", "", Need.NOTHING, May.OWNER, Press.REPLACES, changes=True),
    # Below an answer, which stays.
    Command("look", "", Need.NOTHING, May.WITH_WORDS, Press.ANSWERED, changes=True),
    Command("load", "", Need.MODEL, May.OWNER, Press.ANSWERED, changes=True),
    Command("think", "Choose how much the model thinks: /think off", Need.NOTHING,
            May.WITH_WORDS, Press.REPLACES, changes=True),
    Command("stop", "Stop the answer in progress", Need.NOTHING, press=Press.NOTED),
    Command("new", "Forget this conversation", Need.NOTHING, May.WHO_MAY_CHANGE, changes=True),
    Command("help", "What I can do", Need.NOTHING),
    Command("start", "Say hello", Need.NOTHING),
)  # fmt: skip
# What people are told of, with the line that says it: Telegram's menu, and /help.
LISTED = {name: command.help for name, command in COMMANDS.items() if command.help}
# What is meant for this bot where there may be others: people also type what an answer names.
TYPED = {name for name, command in COMMANDS.items() if command.help or command.changes}
HELP = texts.help_of(
    {
        (name, *(one.name for one in COMMANDS.values() if one.goes_with == name)): what
        for name, what in LISTED.items()
        if not COMMANDS[name].goes_with
    }
)


def command_of(text: str) -> str | None:
    """The command in `text`, without slash and bot name; None if `text` is not a command."""
    word = text.split(maxsplit=1)[0] if text.strip() else ""
    return word[1:].partition("@")[0].lower() if word.startswith("/") and len(word) > 1 else None


def unknown(text: str) -> str:
    """What is said of a `text` whose command is not known, with the one that is like it."""
    meant = "".join(texts.MEANT.format(name=one) for one in near(command_of(text) or "", LISTED))
    return texts.UNKNOWN_COMMAND.format(meant=meant, help=HELP)


def argument_of(text: str) -> str:
    """The words after the command in `text`."""
    return _read(text)[1]


def known(text: str) -> Command | None:
    """The row of the command in `text`; None if there is none, or it is no command."""
    return COMMANDS.get(_read(text)[0])


def _read(text: str) -> tuple[str, str]:
    """The name of the command in `text`, of two words if it is in the table, and what follows."""
    name, (words, more) = command_of(text) or "", _cut(_cut(text)[1])
    longer = f"{name} {words.lower()}"
    if name and longer in COMMANDS:
        return longer, more
    return name, _cut(text)[1]


def _cut(text: str) -> tuple[str, str]:
    """The first word of `text`, and the others as they are."""
    first, *others = [*text.split(maxsplit=1), ""]
    return first, others[0].strip() if others else ""


def needs(text: str) -> Need:
    """What the answer to `text` waits for."""
    command = known(text)
    if command is None:
        # That there is no such command needs nothing either.
        return Need.MODEL if command_of(text) is None else Need.NOTHING
    return command.needs
