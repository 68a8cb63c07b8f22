"""The second step: where LM Studio is."""

import re
from collections.abc import Sequence
from pathlib import Path

from engram.config.readers import items
from engram.config.settings import SECRETS, SERVER_URLS, Settings
from engram.config.writing import ConfigFiles
from engram.setup import texts
from engram.setup.dialog import Dialog, SkippedError
from engram.setup.looking import Found, look, look_at
from engram.setup.machine import PORT, addresses

NAME = "LM_API_TOKEN"
# What people type in place of http://192.168.1.20:1234.
_HOST = re.compile(r"[\w.-]+(:\d+)?")
# What they copy along with it.
_API = re.compile(r"(?<!/)/((api/)?v\d+/?)?$")


class ModelServer:
    """Asks by `dialog` for the address; where it may be is known by files below `root`."""

    def __init__(self, dialog: Dialog, files: ConfigFiles, settings: Settings, root: Path) -> None:
        self._dialog, self._files, self._root = dialog, files, root
        self._configured = settings.lmstudio.url
        self._token = settings.secrets[NAME]
        # What is at the configured address.
        self._now = Found(self._configured[0])

    def ask(self) -> Found:
        """Ask until one answers, or is to be taken as it is; write it, and the token it needs.

        Returns what is at the address that is configured then.
        """
        try:
            urls, found = self._chosen(self._search())
        except SkippedError:
            self._dialog.say(texts.LEFT)
            return self._now
        if urls != self._configured:
            self._dialog.write_key(self._files, "lmstudio", "url", ", ".join(urls))
        return self._let_in(found) if found.closed else found

    def _search(self) -> Found:
        """What is at the addresses that are configured, or where else LM Studio may be."""
        self._now = self._looked(self._configured, self._token)
        others = [one for one in addresses(self._root) if one not in self._configured]
        if self._now.answers:
            return self._now
        # A token goes where somebody wants it to go, and nowhere else.
        found = self._looked(others) if others else self._now
        if found.answers:
            return found
        self._dialog.say(*texts.HOW_TO_SERVE)
        return self._now

    def _looked(self, urls: Sequence[str], token: str = "") -> Found:
        """What is at the first of `urls` that answers, or else at the first of all."""
        self._dialog.say(texts.LOOKING.format(urls=", ".join(urls)))
        found = look_at(urls, token)
        for one in found:
            text = texts.THERE if one.answers else texts.NOT_THERE
            self._dialog.say(text.format(url=one.url, problem=one.problem))
        return next((one for one in found if one.answers), found[0])

    def _chosen(self, found: Found) -> tuple[tuple[str, ...], Found]:
        """The addresses to use, and what is there; Enter takes what was `found`."""
        while True:
            urls = self._configured if found.url in self._configured else (found.url,)
            typed = self._dialog.ask(texts.ASK_ADDRESS, ", ".join(urls))
            if typed == ", ".join(urls):
                return urls, found
            if typed.casefold() == texts.AGAIN:
                found = self._search()
                continue
            try:
                urls = SERVER_URLS(", ".join(map(_completed, items(typed))))
            except ValueError as err:
                self._dialog.say(texts.WRONG.format(wanted=err))
                continue
            there = self._looked(urls, self._token)
            if there.answers or self._dialog.agrees(texts.TAKE_ANYWAY):
                return urls, there

    def _let_in(self, found: Found) -> Found:
        """What is `found` with a token, which is asked for and written."""
        found = look(found.url, self._token) if self._token else found
        if not found.closed:
            return found
        self._dialog.say(texts.CLOSED)
        if self._dialog.is_in_environment(NAME):
            return found
        while found.closed and (typed := self._dialog.ask_hidden(texts.ASK_TO_OPEN)):
            try:
                SECRETS[NAME](typed)
            except ValueError as err:
                self._dialog.say(texts.WRONG.format(wanted=err))
                continue
            self._dialog.hide(typed)
            found = look(found.url, typed)
            if found.closed:
                self._dialog.say(texts.STILL_CLOSED)
            else:
                self._dialog.write_secret(self._files, NAME, typed)
        return found


def _completed(address: str) -> str:
    """`address` with what people leave out of it, and without what does not belong to it."""
    address = _API.sub("", address)
    host = _HOST.fullmatch(address)
    return f"http://{address}{'' if host[1] else f':{PORT}'}" if host else address
