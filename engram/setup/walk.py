"""All steps of `--setup`, from nothing to the running bot."""

import contextlib
import sys
from collections.abc import Callable
from pathlib import Path

from engram.config.load import load
from engram.config.settings import Settings
from engram.config.writing import ConfigFiles
from engram.core.errors import ConfigError, StoreError
from engram.setup import texts
from engram.setup.bot_token import ask_token
from engram.setup.choosing import ask_model
from engram.setup.dialog import Dialog, SkippedError
from engram.setup.looking import Found
from engram.setup.model_server import ModelServer
from engram.storage.claim import Claim, UnusableError
from engram.terminal.printer import Printer


def run_setup(
    settings: Settings,
    config_file: Path,
    printer: Printer,
    go_on: Callable[[Settings], int],
    root: Path = Path("/"),
) -> int:
    """Ask for what the bot needs and write it; then `go_on`, which gives the exit code.

    `settings` are those of now. The machine is known by files below `root`.
    """
    if not (sys.stdin.isatty() and sys.stdout.isatty()):
        printer.say(texts.NEEDS_TERMINAL, to=sys.stderr)
        return 2
    dialog, files = Dialog(printer), ConfigFiles(config_file)
    try:
        dialog.say(texts.INTRO.format(config=config_file))
        _ask_all(dialog, files, settings, root)
        settings = load(config_file, masking=printer.masking)
        dialog.say("", texts.START)
        starts = _is_to_start(dialog, settings)
    except (KeyboardInterrupt, EOFError):
        dialog.say("", texts.ENDED)
        return 0
    except ConfigError as err:
        printer.say(*err.problems, to=sys.stderr)
        return 2
    return go_on(settings) if starts else 0


def _ask_all(dialog: Dialog, files: ConfigFiles, settings: Settings, root: Path) -> None:
    """Take the steps that write something."""
    with dialog.step(texts.TELEGRAM):
        ask_token(dialog, files, settings)
    if "lmstudio" in settings.fallback.order:
        found = Found(settings.lmstudio.url[0])
        with dialog.step(texts.SERVER):
            found = ModelServer(dialog, files, settings, root).ask()
        with dialog.step(texts.MODEL):
            ask_model(dialog, files, settings, found)
    else:
        dialog.say("", texts.NOT_ASKED)
    # Also where all was left as it is there should be something to edit.
    with contextlib.suppress(SkippedError):
        dialog.write(files.create, texts.FILES_BY_HAND)


def _is_to_start(dialog: Dialog, settings: Settings) -> bool:
    store = settings.path(settings.storage.path)
    if _is_used(store):
        dialog.say(texts.BOT_RUNS.format(store=store))
        return False
    dialog.say(texts.PAIRING if settings.secrets["TELEGRAM_BOT_TOKEN"] else texts.CHAT)
    with contextlib.suppress(SkippedError):
        if dialog.agrees(texts.ASK_START, texts.YES[0]):
            return True
    dialog.say(texts.DONE)
    return False


def _is_used(store: Path) -> bool:
    """Whether a bot works with `store`."""
    try:
        if store.is_file():
            Claim(store).release()
    except StoreError:
        return True
    except (OSError, UnusableError):
        # The bot's start says what is wrong with it.
        return False
    return False
