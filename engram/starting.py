"""Starts the bot, says on the way how far it is, and ends it in time."""

from __future__ import annotations

import gc
import logging
import signal
from pathlib import Path

from engram.config.settings import Settings
from engram.core.clock import Clock
from engram.core.errors import EngramError
from engram.core.leaving import LEAVING, ended_after, until_signal
from engram.core.model import Status
from engram.ops.armed import armed, left_out
from engram.service import Service
from engram.terminal.printer import Printer

log = logging.getLogger(__name__)

RULE = "=" * 80
# What is to be done when the bot is stopped is cut short after so many seconds.
STOPPED_WITHIN = 1.8


def run_bot(settings: Settings, config_file: Path, printer: Printer, clock: Clock) -> int:
    """Run the bot until it is told to leave, and return the exit code of the process."""
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
    log.info("%s", armed(engram.tables))
    for line in left_out(engram.tables, settings.market.exchange):
        log.warning("%s", line)
    if access.pairing_code:
        # Printed, not logged: anybody who has the code can own the bot.
        link = f"https://t.me/{service.bot.name}?start={access.pairing_code}"
        printer.say(f"🔑 To own this bot, open {link} or send it {access.pairing_code}")
    service.start()
    log.info("✅ All systems initialized successfully")
    log.info(RULE)
    log.info("🤖 Bot is running and listening for messages...")
