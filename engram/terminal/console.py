"""The terminal chat: standard input -> events -> terminal."""

from __future__ import annotations

import contextlib
import re
import sys
import time
from collections.abc import Generator
from pathlib import Path
from typing import TYPE_CHECKING

from engram.chat.assistant import Assistant
from engram.core.events import Event, Finished, Panel, Progress, Stage, TextDelta, TextReset

if TYPE_CHECKING:
    from rich.console import Console as Screen
    from rich.console import RenderableType

CHAT = "console"
WELCOME = "Engram. Ask something, or /help. Ctrl-C stops an answer, and leaves when there is none."
# Control characters but tab and line end: a model's text must not drive the terminal.
CONTROL = re.compile(r"[\x00-\x08\x0b-\x1f\x7f-\x9f]")


class Console:
    """A chat with `assistant` in the terminal; plain text when standard output is no terminal.

    Charts are written into the folder `charts`, if there is to be one.
    """

    def __init__(self, assistant: Assistant, charts: Path | None = None) -> None:
        self._assistant = assistant
        self._charts = charts
        self._live = sys.stdin.isatty() and sys.stdout.isatty()

    def run(self) -> None:
        """Answer each line of standard input, until it ends or Ctrl-C leaves."""
        if self._live:
            # Importing it gives `input` a history and line editing; Windows has its own.
            with contextlib.suppress(ImportError):
                import readline  # noqa: F401
            print(WELCOME)  # noqa: T201
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
        """Print the answer to `text` and nothing else."""
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
            print("\n⏹ Stopped.")  # noqa: T201


def save_chart(panel: Panel, folder: Path | None) -> str:
    """Write the chart of `panel` into `folder`; returns the line that says where it is, or why not.

    Nothing is written, and nothing returned, where no folder or no chart is wanted.
    """
    chart = panel.draw() if folder else None
    if folder is None or chart is None:
        return ""
    words = re.findall(r"\w+", panel.text.partition("\n")[0])[3:]
    file = folder / f"{'-'.join(words) or 'chart'}-{time.strftime('%Y%m%d-%H%M%S')}.png"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        file.write_bytes(chart)
    except OSError as err:
        return f"⚠️  The chart cannot be written to {folder} ({err.strerror}); name another --charts"
    return f"🖼  Chart: {file}"


def _print(text: str) -> None:
    print(CONTROL.sub("", text), flush=True)  # noqa: T201


def _unseen(answer: Finished, panel: str) -> str:
    """What is left to show of `answer` below the `panel` that was shown."""
    if answer.completes_panel:
        return "\n" + answer.text.removeprefix(panel).lstrip()
    return f"\n{answer.text}" if panel else answer.text


class LiveAnswer:
    """One answer as it comes: what is going on, then the text as Markdown, then all of it."""

    def __init__(self, charts: Path | None = None) -> None:
        self._charts = charts
        self._stage: Progress | None = None
        self._stage_began = 0.0
        self._text = ""
        self._panel = ""

    def show(self, events: Generator[Event, None, None]) -> None:
        """Draw `events` until the answer is whole."""
        # rich is imported here because only a terminal needs it.
        from rich.console import Console as Screen
        from rich.live import Live

        screen = Screen(highlight=False)
        with Live(
            console=screen, transient=True, get_renderable=lambda: self._view(screen)
        ) as live:
            for event in events:
                self._take(event)
                if isinstance(event, Panel):
                    screen.print(_rendered(event.text, markdown=False))
                    if written := save_chart(event, self._charts):
                        screen.print(written)
                if isinstance(event, Finished):
                    break
            live.update("")
        if isinstance(event, Finished):
            unseen = _unseen(event, self._panel)
            screen.print(_rendered(unseen, markdown=event.markdown))

    def _take(self, event: Event) -> None:
        if isinstance(event, TextDelta):
            self._text += event.text
        elif isinstance(event, TextReset):
            self._text = ""
        elif isinstance(event, Panel):
            self._panel = event.text
        elif isinstance(event, Progress):
            if self._stage is None or self._stage.stage is not event.stage:
                self._stage_began = time.monotonic()
            self._stage = event

    def _waiting(self) -> str:
        if self._stage is None:
            return "…"
        if self._stage.stage is Stage.THINKING:
            return f"{self._stage} {time.monotonic() - self._stage_began:.0f} s"
        return str(self._stage)

    def _view(self, screen: Screen) -> RenderableType:
        from rich.spinner import Spinner
        from rich.text import Text

        if not self._text:
            return Spinner("dots", Text(self._waiting()))
        # As much of the end as fits: a live area higher than the terminal can't be redrawn.
        lines = self._text.splitlines()[-max(screen.height // 2, 5) :]
        return _rendered("\n".join(lines), markdown=True)


def _rendered(text: str, *, markdown: bool) -> RenderableType:
    from rich.markdown import Markdown
    from rich.text import Text

    text = CONTROL.sub("", text)
    # Two spaces keep the line ends that Markdown would flow together.
    return Markdown(text.replace("\n", "  \n")) if markdown else Text(text)
