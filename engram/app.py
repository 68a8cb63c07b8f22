"""The command line: what each option starts, and how a process ends."""

from __future__ import annotations

import argparse
import contextlib
import logging
import os
import sys
import threading
import time
from functools import partial
from pathlib import Path

from engram.chat.model_texts import last_day
from engram.config.load import load
from engram.config.settings import Settings
from engram.core.clock import Clock
from engram.core.errors import ConfigError, StoreError
from engram.core.leaving import LEAVING, exit_on
from engram.core.masking.masking import Masking
from engram.core.text.printable import one_line
from engram.ops import logs, texts
from engram.ops.armed import armed, left_out
from engram.ops.missing import missing
from engram.options import read_options
from engram.storage.claim import LookingClaim
from engram.terminal.console import Console
from engram.terminal.printer import Printer
from engram.terminal.streams import Streams
from engram.terminal.unasked import Unasked
from engram.wiring import Engram

DAY = 86_400.0


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
        config_file = _config_file(options.config, home)
        settings = load(config_file, masking=printer.masking)
    except ConfigError as err:
        printer.say(*err.problems, to=sys.stderr)
        return 2
    exit_on(*LEAVING)
    try:
        code = _run(options, settings, config_file, printer, clock)
    except (KeyboardInterrupt, SystemExit):
        code = 0
    except RuntimeError as err:
        # "release unlocked lock": Python makes this of an exit that meets the start of a thread.
        if not isinstance(err.__context__, KeyboardInterrupt | SystemExit):
            raise
        code = 0
    except ModuleNotFoundError as err:
        # Of those that are imported late: an update may need a package that is new.
        printer.say(texts.NOT_INSTALLED.format(package=err.name), to=sys.stderr)
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
    other = options.console or options.check or options.ask is not None
    return bool(settings.secrets["TELEGRAM_BOT_TOKEN"]) and not other


def _run(
    options: argparse.Namespace,
    settings: Settings,
    config_file: Path,
    printer: Printer,
    clock: Clock,
) -> int:
    """Do what the options ask for: check, chat in the terminal, or else run the bot."""
    chats, runs_bot = options.console or options.ask is not None, _runs_bot(options, settings)
    file = settings.path(settings.logging.file)
    logs.setup(settings.logging.level, file, printer.masking, terminal=runs_bot)
    if options.check:
        return _check(settings, config_file, printer)
    if runs_bot:
        # The Telegram half is imported here: a terminal chat does without it.
        from engram.starting import run_bot

        return run_bot(settings, config_file, printer, clock)
    if not chats:
        warnings = (f"⚠️  {warning}" for warning in settings.warnings)
        printer.say(*warnings, texts.HOW_TO_START, to=sys.stderr)
        if not sys.stdin.isatty():
            return 2
    return _chat(settings, options, printer, clock)


def _chat(settings: Settings, options: argparse.Namespace, printer: Printer, clock: Clock) -> int:
    engram = Engram(settings, masking=printer.masking, clock=clock)
    printer.say(*(f"⚠️  {warning}" for warning in engram.store.warnings), to=sys.stderr)
    console = Console(engram.assistant, printer, options.charts)
    if options.ask is None:
        _watch(engram, printer, options.charts)
    if options.ask is not None:
        engram.servers.start()
        console.ask(options.ask, alone=not options.go_on)
    elif console.live:
        # Meanwhile the prompt is loaded, so that /status is right from the first question on.
        engram.servers.begin()
        console.run(missing(engram.servers, engram.analyst, engram.candle_source, settings.market))
    else:
        engram.servers.start()
        engram.preload()
        console.run()
    engram.watching.stop()
    engram.store.close()
    return 0


def _watch(engram: Engram, printer: Printer, charts: Path | None) -> None:
    """Look at what is armed, and print what is said unasked, while no bot is there to do it."""
    may = LookingClaim(engram.store.file).is_held
    unasked = Unasked(engram.outbox, printer, engram.clock, may, charts)
    unasked.start()
    engram.watching.start(unasked.direct, may)


def _check(settings: Settings, config_file: Path, printer: Printer) -> int:
    # The Telegram half comes with it.
    from engram.ops.check import findings

    engram, code = Engram(settings, masking=printer.masking), 0
    missing = "" if config_file.is_file() else " (no such file: all keys have their defaults)"
    printer.say(f"✅ Configuration: {config_file}{missing}")
    for warning in (*settings.warnings, *engram.store.warnings):
        printer.say(f"⚠️  {warning}")
    for line in (armed(engram.tables), *left_out(engram.tables, settings.market.exchange)):
        printer.say(line)
    for finding in findings(settings, engram.servers.clients, engram.candle_source):
        printer.say(finding.text)
        code = 1 if finding.fatal else code
    since, statistics = time.time() - DAY, engram.statistics
    printer.say(*last_day(statistics.rates(since), statistics.pace(since)))
    return code


def _end(code: int) -> None:
    """End the process at once if threads are still running.

    Python's own exit would abort when one of them is printing or loading a library.
    """
    logging.shutdown()
    if threading.active_count() > 1:
        os._exit(code)


def _config_file(named: Path | None, home: Path) -> Path:
    """The file to read. Raises `ConfigError` if the named one does not exist."""
    if named is None:
        return home / "config.ini"
    if not named.exists():
        raise ConfigError([f"{named}: there is no such file; --config needs a config.ini"])
    return named.resolve()


def _masked(home: Path, masking: Masking, text: str) -> str:
    """What is wrong with the command line, without the secrets that `home` has files of."""
    with contextlib.suppress(ConfigError):
        load(home / "config.ini", masking=masking)
    return one_line(masking(text))
