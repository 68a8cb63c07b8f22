"""Says what works and what does not: `--check`."""

import time
from pathlib import Path

from engram.chat.model_texts import last_day
from engram.config.settings import Settings
from engram.ops.armed import armed, left_out
from engram.ops.check import findings
from engram.terminal.printer import Printer
from engram.wiring import Engram

DAY = 86_400.0


def run_check(settings: Settings, config_file: Path, printer: Printer) -> int:
    """Print what is found, and return the exit code: 1 if the bot cannot run."""
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
    engram.store.close()
    return code
