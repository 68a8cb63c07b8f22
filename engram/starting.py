"""Starts all that the bot needs, and says on the way how far it is."""

import logging

from engram.config.settings import Settings
from engram.core.model import Status
from engram.ops.armed import armed, left_out
from engram.service import Service
from engram.terminal.printer import Printer

log = logging.getLogger(__name__)


def start(service: Service, settings: Settings, printer: Printer) -> None:
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
