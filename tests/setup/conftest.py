"""Somebody who answers the questions of `--setup`, in this process."""

import builtins

import pytest

from engram.config.load import load
from engram.config.writing import ConfigFiles
from engram.core.masking.masking import Masking
from engram.setup import dialog
from engram.setup.dialog import Dialog
from engram.terminal.printer import Printer


class Person:
    """Types `answers`, one at each question, and then Ctrl-D; `asked` are the questions."""

    def __init__(self, folder):
        self.answers, self.asked = [], []
        self.file = folder / "config.ini"
        self.files = ConfigFiles(self.file)
        self.printer = Printer(Masking())
        self.dialog = Dialog(self.printer)

    def answer(self, question):
        """What is typed now; an exception is raised."""
        self.asked.append(question)
        found = self.answers.pop(0) if self.answers else EOFError()
        if isinstance(found, BaseException):
            raise found
        return found

    def settings(self, config="", env=""):
        """Those of files with these texts."""
        self.file.write_text(config, "utf-8")
        self.files.env.write_text(env, "utf-8")
        self.files.env.chmod(0o600)
        return load(self.file, {})

    @property
    def written(self):
        """What the files say now."""
        return load(self.file, {})


@pytest.fixture
def person(tmp_path, monkeypatch, clean_names):
    """Somebody in front of a terminal."""
    made = Person(tmp_path)
    monkeypatch.setattr(builtins, "input", made.answer)
    monkeypatch.setattr(dialog, "getpass", made.answer)
    return made


@pytest.fixture
def clean_names(monkeypatch):
    """Whoever runs the tests may have a bot, too; and the terminal is wide."""
    monkeypatch.setenv("COLUMNS", "200")
    for name in ("TELEGRAM_BOT_TOKEN", "TELEGRAM_CHAT_ID", "LM_API_TOKEN"):
        monkeypatch.delenv(name, raising=False)
