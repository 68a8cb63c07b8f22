"""The first step: the bot's token."""

import contextlib

from engram.config.settings import TOKEN, Settings
from engram.config.writing import ConfigFiles
from engram.core.errors import EngramError
from engram.ops.check import UnknownTokenError, bot_name
from engram.setup import texts
from engram.setup.dialog import Dialog

NAME = "TELEGRAM_BOT_TOKEN"


def ask_token(dialog: Dialog, files: ConfigFiles, settings: Settings) -> None:
    """Ask for a token until Telegram knows it, or it is to be taken as it is; write it."""
    kept, url = settings.secrets[NAME], settings.telegram.api_url
    if kept:
        with contextlib.suppress(EngramError):
            _look(dialog, kept, url)
    if dialog.is_in_environment(NAME):
        return
    if not kept:
        dialog.say(texts.NO_BOT)
    token = _chosen(dialog, url, texts.KEEP if kept else texts.NONE)
    if token:
        dialog.write_secret(files, NAME, token)


def _chosen(dialog: Dialog, url: str, otherwise: str) -> str:
    """The token that is to be used from now on; "" for the one that is there, if any."""
    question = texts.ASK_BOT.format(default=otherwise)
    while typed := dialog.ask_hidden(question):
        # People copy more of the message than the token.
        token = next(filter(_is_token, typed.split()), "")
        if not token:
            dialog.say(texts.NO_SUCH_FORM)
        elif _is_taken(dialog, token, url):
            return token
    return ""


def _is_taken(dialog: Dialog, token: str, url: str) -> bool:
    """Whether Telegram knows the bot with `token`, or the person takes it unknown."""
    dialog.hide(token)
    try:
        _look(dialog, token, url)
    except UnknownTokenError:
        return False
    except EngramError:
        return dialog.agrees(texts.TAKE_ANYWAY)
    return True


def _look(dialog: Dialog, token: str, url: str) -> None:
    """Say which bot has the `token`, or why that is not known; raises that again."""
    dialog.say(texts.ASKING_TELEGRAM)
    try:
        dialog.say(texts.BOT.format(name=bot_name(token, url)))
    except UnknownTokenError:
        dialog.say(texts.UNKNOWN_BOT)
        raise
    except EngramError as err:
        dialog.say(texts.NOT_CHECKED.format(reason=err))
        raise


def _is_token(word: str) -> bool:
    try:
        return bool(TOKEN(word))
    except ValueError:
        return False
