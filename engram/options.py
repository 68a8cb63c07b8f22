"""The options of the command line."""

import argparse
import re
from collections.abc import Callable
from pathlib import Path
from typing import Any, NoReturn

from engram import __version__
from engram.core.formats import near


class _Parser(argparse.ArgumentParser):
    """Says what is wrong by `masked`: an argument that is not known may be a token."""

    def __init__(self, masked: Callable[[str], str], **rest: Any) -> None:
        super().__init__(**rest)
        self._masked = masked

    def error(self, message: str) -> NoReturn:
        """Print the usage and the `message`, and leave."""
        super().error(self._masked(message))


def read_options(argv: list[str] | None, masked: Callable[[str], str] = str) -> argparse.Namespace:
    """What `argv` asks for; leaves when that cannot be understood, and after --help.

    `masked` takes the secrets out of what is printed then.
    """
    parser = _Parser(
        masked,
        prog="engram",
        description="A Telegram bot in front of your own language model, such as one in LM Studio.",
        epilog="Without a mode it runs the bot, or the terminal chat if there is no bot token. "
        "launcher.py reads config.ini and .env beside it, the command engram those of the current "
        "folder.",
    )
    _add_modes(parser)
    _add_others(parser)
    options, unknown = parser.parse_known_args(argv)
    if unknown:
        names = near(unknown[0].strip("-"), re.findall(r"--(\w+)", parser.format_usage()))
        meant = "".join(f'; did you mean "--{name}"?' for name in names)
        parser.error(f"unrecognized arguments: {' '.join(unknown)}{meant}")
    if options.go_on and options.ask is None and not options.console:
        parser.error("--continue goes with --ask TEXT")
    if options.quick and not options.check:
        parser.error("--quick goes with --check")
    return options


def _add_modes(parser: argparse.ArgumentParser) -> None:
    """Add what Engram can do in place of running the bot, one of which can be asked for."""
    mode = parser.add_mutually_exclusive_group()
    mode.add_argument("--console", action="store_true", help="chat in the terminal")
    mode.add_argument("--ask", metavar="TEXT", help='print one answer, e.g. to "/analyze BTC 4h"')
    mode.add_argument(
        "--check",
        action="store_true",
        help="say what works and what does not; exit code 1 if the bot cannot run",
    )
    mode.add_argument(
        "--setup",
        action="store_true",
        help="ask for what the bot needs, write it into config.ini and .env, and start the bot",
    )
    mode.add_argument(
        "--backup",
        metavar="FILE",
        type=Path,
        help="write all that the bot has kept into FILE, also while it runs",
    )
    mode.add_argument(
        "--restore",
        metavar="FILE",
        type=Path,
        help="go back to the backup FILE; what is there now is set aside",
    )


def _add_others(parser: argparse.ArgumentParser) -> None:
    """Add what says more about a mode, or goes with each of them."""
    parser.add_argument(
        "--continue",
        dest="go_on",
        action="store_true",
        help="with --ask: go on with the conversation of the terminal chat",
    )
    parser.add_argument(
        "--quick",
        action="store_true",
        help="with --check: only whether the bot that runs here has heard from Telegram within the "
        "last two minutes, without asking anybody; exit code 1 if not",
    )
    parser.add_argument(
        "--charts", metavar="DIR", type=Path, help="write the charts of analyses into DIR"
    )
    parser.add_argument("--config", metavar="FILE", type=Path, help="another config.ini")
    parser.add_argument("--version", action="version", version=f"engram {__version__}")
