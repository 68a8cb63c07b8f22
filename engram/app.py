"""The command line: what each option starts, the banner, and how a process ends."""

from __future__ import annotations

import argparse
import contextlib
import gc
import logging
import os
import signal
import sys
import threading
import time
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, TextIO

from engram.chat.model_texts import last_day
from engram.config.load import load
from engram.config.settings import Settings
from engram.core.clock import Clock
from engram.core.errors import ConfigError, EngramError, StoreError
from engram.core.leaving import ended_after, exit_on, until_signal
from engram.core.masking.masking import Masking
from engram.core.model import Status
from engram.core.text.printable import one_line
from engram.ops import logs, texts
from engram.ops.missing import missing
from engram.options import read_options
from engram.storage.claim import LookingClaim
from engram.terminal.console import Console
from engram.terminal.printer import Printer
from engram.terminal.streams import Streams
from engram.terminal.unasked import Unasked
from engram.wiring import Engram

if TYPE_CHECKING:
    from engram.service import Service

log = logging.getLogger(__name__)

RULE = "=" * 80
DAY = 86_400.0
# What is to be done when the bot is stopped is cut short after so many seconds.
STOPPED_WITHIN = 1.8
# What ends the process in an orderly way: a service manager, or the terminal that goes away.
LEAVING = (signal.SIGTERM, *filter(None, [getattr(signal, "SIGHUP", None)]))


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
        _print(printer, *err.problems, to=sys.stderr)
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
        _print(printer, texts.NOT_INSTALLED.format(package=err.name), to=sys.stderr)
        code = 1
    except StoreError as err:
        _print(printer, f"❌ {err}", to=sys.stderr)
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
        return _run_bot(settings, config_file, printer, clock)
    if not chats:
        warnings = (f"⚠️  {warning}" for warning in settings.warnings)
        _print(printer, *warnings, texts.HOW_TO_START, to=sys.stderr)
        if not sys.stdin.isatty():
            return 2
    return _chat(settings, options, printer, clock)


def _chat(settings: Settings, options: argparse.Namespace, printer: Printer, clock: Clock) -> int:
    engram = Engram(settings, masking=printer.masking, clock=clock)
    _print(printer, *(f"⚠️  {warning}" for warning in engram.store.warnings), to=sys.stderr)
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


def _run_bot(settings: Settings, config_file: Path, printer: Printer, clock: Clock) -> int:
    # The Telegram half is imported here: a terminal chat does without it.
    from engram.service import Service

    for line in (RULE, "ENHANCED ENGRAM BOT LAUNCHER V2", RULE):
        log.info(line)
    log.info("🚀 Initializing Enhanced Engram Bot...")
    services: list[Service] = []

    def work() -> None:
        services.append(Service(settings, config_file, printer.masking, clock))
        _start(services[0], settings, printer)
        # What is there now stays. A full collection, which holds all up, need not look at it.
        gc.freeze()
        services[0].bot.poll()

    code = 1
    try:
        if until_signal(work, *LEAVING, signal.SIGINT):
            log.info("Stopping.")
        code = 0
    except EngramError as err:
        log.error("❌ %s", err)
    finally:
        with ended_after(STOPPED_WITHIN, code):
            for service in services:
                service.stop()
    return code


def _start(service: Service, settings: Settings, printer: Printer) -> None:
    """Start all that the bot needs, and say how far it is; raises an `EngramError`."""
    engram, access = service.engram, service.access
    owner = ", ".join(map(str, access.owners)) or "not set"
    log.info("✅ Telegram credentials loaded (chat_id: %s)", owner)
    for warning in settings.warnings:
        log.warning("⚠️  %s", warning)
    called = (one.called for one in engram.servers.clients)
    names = ", ".join(dict.fromkeys(one.label if one.named else "model server" for one in called))
    if names:
        log.info("🔌 Initializing %s client...", names)
    connected = engram.servers.start() is Status.CONNECTED
    label = engram.servers.status().label or "No model server"
    if connected:
        log.info("✅ %s connected and ready", label)
    else:
        log.info("⚠️  %s%s - using fallback AI", label, " not available" if names else "")
    log.info("📱 Testing Telegram connection...")
    service.bot.connect()
    log.info("✅ Telegram bot connected: @%s", service.bot.name)
    if access.pairing_code:
        # Printed, not logged: anybody who has the code can own the bot.
        link = f"https://t.me/{service.bot.name}?start={access.pairing_code}"
        _print(printer, f"🔑 To own this bot, open {link} or send it {access.pairing_code}")
    service.start()
    log.info("✅ All systems initialized successfully")
    log.info(RULE)
    log.info("🤖 Bot is running and listening for messages...")


def _check(settings: Settings, config_file: Path, printer: Printer) -> int:
    # The Telegram half comes with it.
    from engram.ops.check import findings

    engram, code = Engram(settings, masking=printer.masking), 0
    missing = "" if config_file.is_file() else " (no such file: all keys have their defaults)"
    _print(printer, f"✅ Configuration: {config_file}{missing}")
    for warning in (*settings.warnings, *engram.store.warnings):
        _print(printer, f"⚠️  {warning}")
    for finding in findings(settings, engram.servers.clients, engram.candle_source):
        _print(printer, finding.text)
        code = 1 if finding.fatal else code
    _print(printer, *last_day(engram.statistics.rates(time.time() - DAY)))
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


def _print(printer: Printer, *lines: str, to: TextIO | None = None) -> None:
    # What cannot be printed must not end the bot, nor a check before its exit code is known.
    with contextlib.suppress(OSError):
        printer.lines(lines, to=to)
