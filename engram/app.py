"""The command line: what each option starts, and how a process ends."""

from __future__ import annotations

import argparse
import contextlib
import gc
import logging
import os
import sys
import threading
import time
from functools import partial
from pathlib import Path

from engram.config.load import load
from engram.config.settings import Settings
from engram.core.clock import Clock
from engram.core.errors import ConfigError, StoreError
from engram.core.leaving import INTERRUPTED, LEAVING, exit_on
from engram.core.masking.masking import Masking
from engram.core.text.printable import one_line
from engram.ops import logs, texts
from engram.options import read_options
from engram.terminal.printer import Printer
from engram.terminal.streams import Streams


def main(
    argv: list[str] | None = None, home: Path | None = None, clock: Clock | None = None
) -> int:
    """Run Engram with the arguments `argv` and return its exit code.

    config.ini and .env are looked for in `home`, by default the current folder. `clock` is what
    happens unasked by, by default the machine's.
    """
    streams, printer = Streams(), Printer(Masking())
    with logs.masked_crashes(printer.masking):
        return _main(argv, home or Path.cwd(), streams, printer, clock or Clock())


def _main(
    argv: list[str] | None, home: Path, streams: Streams, printer: Printer, clock: Clock
) -> int:
    try:
        options = read_options(argv, partial(_masked, home, printer.masking))
    except SystemExit as end:
        raise SystemExit(streams.exit_code(int(end.code or 0))) from None
    try:
        config_file = _config_file(options, home)
        settings = _settings(options, config_file, printer)
    except ConfigError as err:
        printer.say(*err.problems, to=sys.stderr)
        return 2
    exit_on(*LEAVING)
    # Whoever has a script go on after a backup needs one that was made.
    ended = INTERRUPTED if options.backup or options.restore else 0
    try:
        code = _run(options, settings, config_file, printer, clock)
    except (KeyboardInterrupt, SystemExit, RuntimeError) as err:
        # "release unlocked lock": Python makes this of an exit that meets the start of a thread.
        cause = err.__context__ if isinstance(err, RuntimeError) else err
        if not isinstance(cause, KeyboardInterrupt | SystemExit):
            raise
        code = ended
    except (ImportError, SyntaxError) as err:
        # Of what is imported late: an update may need a package that is new, or be half written.
        printer.say(texts.NOT_INSTALLED.format(reason=one_line(str(err))), to=sys.stderr)
        code = 1
    except StoreError as err:
        printer.say(f"❌ {err}", to=sys.stderr)
        code = 1
    except OSError as err:
        if not streams.broke(err):
            raise
        code = 0
    # A bot is there for those who ask it, whatever becomes of what it prints.
    code = code if _runs_bot(options, settings) else streams.exit_code(code)
    _end(code)
    return code


def _runs_bot(options: argparse.Namespace, settings: Settings) -> bool:
    other = options.console or options.check or options.setup or options.ask is not None
    other = other or options.backup or options.restore
    return bool(settings.secrets["TELEGRAM_BOT_TOKEN"]) and not other


def _run(
    options: argparse.Namespace,
    settings: Settings,
    config_file: Path,
    printer: Printer,
    clock: Clock,
) -> int:
    """Do what the options ask for, or else answer people."""
    if options.quick:
        # Neither a log nor a store is there for it if the bot has made none.
        from engram.ops.quick_check import quick_check

        return quick_check(settings.path(settings.storage.path), printer, time.time())
    file = settings.path(settings.logging.file)
    screen = _runs_bot(options, settings)
    logs.setup(settings.logging.level, file, printer.masking, terminal=screen)
    # Each of these does without what the others import.
    if options.setup:
        from engram.setup.walk import run_setup

        def go_on(new: Settings) -> int:
            """Run what was set up: the bot, or the chat in the terminal without a token."""
            options.setup, options.console = False, not new.secrets["TELEGRAM_BOT_TOKEN"]
            return _run(options, new, config_file, printer, clock)

        return run_setup(settings, config_file, printer, go_on)
    if options.check:
        from engram.checking import run_check

        return run_check(settings, config_file, printer)
    if options.backup:
        from engram.keeping import run_backup

        return run_backup(settings, options.backup, printer)
    if options.restore:
        from engram.keeping import run_restore

        return run_restore(settings, options.restore, printer, clock)
    return _answer(options, settings, config_file, printer, clock)


def _answer(
    options: argparse.Namespace,
    settings: Settings,
    config_file: Path,
    printer: Printer,
    clock: Clock,
) -> int:
    """Run the bot, or the chat in the terminal where that is wanted or all that can be."""
    if _runs_bot(options, settings):
        # Nothing that is loaded is garbage: looking for some takes a tenth of a start.
        gc.disable()
        from engram.running import run_bot

        return run_bot(settings, config_file, printer, clock)
    is_wanted = options.console or options.ask is not None
    if not (is_wanted or _may_chat(settings, printer)):
        return 2
    from engram.talking import run_chat

    return run_chat(settings, options, printer, clock)


def _may_chat(settings: Settings, printer: Printer) -> bool:
    """Say how to start the bot, and whether somebody is there to chat with in its place."""
    warnings = (f"⚠️  {warning}" for warning in settings.warnings)
    is_there = sys.stdin.isatty()
    how = texts.CHAT_INSTEAD if is_there else texts.HOW_TO_START
    printer.say(*warnings, how, to=sys.stderr)
    return is_there


def _end(code: int) -> None:
    """End the process at once if threads are still running.

    Python's own exit would abort when one of them is printing or loading a library.
    """
    logging.shutdown()
    if threading.active_count() > 1:
        os._exit(code)


def _settings(options: argparse.Namespace, config_file: Path, printer: Printer) -> Settings:
    """What `config_file` asks for. Raises `ConfigError`."""
    if not options.setup:
        return load(config_file, masking=printer.masking)
    from engram.setup.reading import load_for_setup

    return load_for_setup(config_file, printer)


def _config_file(options: argparse.Namespace, home: Path) -> Path:
    """The file to read. Raises `ConfigError` if the named one does not exist, nor will be made."""
    named: Path | None = options.config
    if named is None:
        return home / "config.ini"
    if not named.exists() and not options.setup:
        raise ConfigError([f"{named}: there is no such file; --config needs a config.ini"])
    return named.resolve()


def _masked(home: Path, masking: Masking, text: str) -> str:
    """What is wrong with the command line, without the secrets that `home` has files of."""
    with contextlib.suppress(ConfigError):
        load(home / "config.ini", masking=masking)
    return one_line(masking(text))
