"""Reads a configuration that is about to be asked for: wrong secrets in it stop nobody."""

from pathlib import Path

from engram.config.load import load
from engram.config.settings import Settings
from engram.core.errors import ConfigError
from engram.setup import texts
from engram.terminal.printer import Printer

# What is asked for anyhow.
ASKED_FOR = ("TELEGRAM_BOT_TOKEN", "LM_API_TOKEN")


def load_for_setup(config_file: Path, printer: Printer) -> Settings:
    """The settings; where one of the secrets is wrong that setup asks for, it says so.

    Raises `ConfigError` if anything else is wrong.
    """
    masking = printer.masking
    try:
        return load(config_file, masking=masking)
    except ConfigError as err:
        problems = err.problems
    try:
        settings = load(config_file, masking=masking, without=ASKED_FOR)
    except ConfigError:
        raise ConfigError([*problems, texts.MEND_FIRST]) from None
    printer.say(*(f"⚠️  {problem}" for problem in problems))
    return settings
