"""The terminal chat: reads questions from standard input and prints the events of their answers."""

from __future__ import annotations

import contextlib
import re
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from engram.chat import texts
from engram.chat.assistant import Assistant
from engram.core.events import Event, Finished, Panel, Progress, TextDelta, TextReset

if TYPE_CHECKING:
    from rich.console import RenderableType

CHAT = "console"
# All control characters except tab and line end: a model's text must not drive the terminal.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Console:
    """A chat with `assistant` in the terminal; in a pipe it reads and prints plain text.

    Charts are written as files into the folder `charts`; without a folder there are none.
    """

    def __init__(self, assistant: Assistant, charts: Path | None = None) -> None:
        self._assistant = assistant
        self._charts = charts
        self._live = sys.stdin.isatty() and sys.stdout.isatty()

    def run(self) -> None:
        """Answer each line of standard input, until the input ends or Ctrl-C is pressed."""
        if self._live:
            # This import gives `input` a history and line editing; Windows has its own.
            with contextlib.suppress(ImportError):
                import readline  # noqa: F401
            print(texts.WELCOME)  # noqa: T201
        while True:
            try:
                line = input("\n> " if self._live else "")
            except (EOFError, KeyboardInterrupt):
                if self._live:
                    print()  # noqa: T201
                return
            if line.strip():
                self._answer(line)

    def ask(self, text: str) -> None:
        """Print the answer to `text`, and nothing else."""
        panel = ""
        with contextlib.closing(self._assistant.reply(CHAT, text)) as events:
            for event in events:
                if isinstance(event, Panel):
                    panel = event.text
                    _print(panel)
                    if written := save_chart(event, self._charts):
                        _print(written)
                elif isinstance(event, Finished):
                    _print(_unseen(event, panel))

    def _answer(self, line: str) -> None:
        try:
            if self._live:
                with contextlib.closing(self._assistant.reply(CHAT, line)) as events:
                    LiveAnswer(self._charts).show(events)
            else:
                self.ask(line)
        except KeyboardInterrupt:
            print(f"\n{texts.STOPPED}")  # noqa: T201


def save_chart(panel: Panel, folder: Path | None) -> str:
    """Write the chart of `panel` into `folder`; returns a line for the person.

    It names the file, or says why there is none; it is empty without a folder or a chart.
    """
    chart = panel.draw() if folder else None
    if folder is None or chart is None:
        return ""
    market = re.sub(r"\W+", "-", panel.symbol)
    file = folder / f"{market}-{time.strftime('%Y%m%d-%H%M%S')}.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_bytes(chart)
    except OSError as err:
        return texts.CHART_NOT_WRITTEN.format(folder=folder, reason=err.strerror)
    return texts.CHART_WRITTEN.format(file=file)


def _print(text: str) -> None:
    print(CONTROL.sub("", text), flush=True)  # noqa: T201


def _unseen(answer: Finished, panel: str) -> str:
    """The part of `answer` that is not on screen yet, given that `panel` is."""
    if answer.completes_panel:
        return "\n" + answer.text.removeprefix(panel).lstrip()
    return f"\n{answer.text}" if panel else answer.text


class LiveAnswer:
    """Shows one answer in the terminal: its progress, then its text as it grows, then the whole."""

    def __init__(self, charts: Path | None = None) -> None:
        self._charts = charts
        self._stage: Progress | None = None
        self._stage_began = 0.0
        self._text = ""
        self._panel = ""

    def show(self, events: Generator[Event, None, None]) -> None:
        """Draw `events` until the answer is complete."""
        # rich is heavy, and only a real terminal needs it.
        from rich.console import Console as Screen
        from rich.live import Live

        screen = Screen(highlight=False)
        with Live(
            console=screen, transient=True, get_renderable=lambda: self._view(screen.height)
        ) as live:
            for event in events:
                self._take(event)
                if isinstance(event, Panel):
                    self._panel = event.text
                    screen.print(_rendered(event.text, markdown=False))
                    if written := save_chart(event, self._charts):
                        screen.print(written)
            live.update("")
        if isinstance(event, Finished):
            screen.print(_rendered(_unseen(event, self._panel), markdown=event.markdown))

    def _take(self, event: Event) -> None:
        if isinstance(event, TextDelta):
            self._text += event.text
        elif isinstance(event, TextReset):
            self._text = ""
        elif isinstance(event, Progress):
            if self._stage is None or self._stage.stage is not event.stage:
                self._stage_began = time.monotonic()
            self._stage = event

    def _view(self, height: int) -> RenderableType:
        from rich.spinner import Spinner
        from rich.text import Text

        if not self._text:
            seconds = time.monotonic() - self._stage_began
            return Spinner("dots", Text(texts.progress(self._stage, seconds)))
        # Only the end: rich cannot redraw a live area that is higher than the terminal.
        lines = self._text.splitlines()[-max(height // 2, 5) :]
        return _rendered("\n".join(lines), markdown=True)


def _rendered(text: str, *, markdown: bool) -> RenderableType:
    from rich.markdown import Markdown
    from rich.text import Text

    text = CONTROL.sub("", text)
    # Two spaces at its end keep a line apart from the next, which Markdown would join to it.
    return Markdown(text.replace("\n", "  \n")) if markdown else Text(text)
