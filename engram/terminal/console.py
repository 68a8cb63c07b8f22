"""The terminal chat: reads questions from standard input and prints the events of their answers."""

from __future__ import annotations

import contextlib
import sys
import threading
import time
from collections.abc import Generator, Iterable
from itertools import takewhile
from pathlib import Path
from typing import TYPE_CHECKING

from engram.chat import texts
from engram.chat.assistant import Assistant
from engram.core.answer_so_far import AnswerSoFar
from engram.core.errors import AttachmentError
from engram.core.events import Event, Finished, Panel
from engram.core.markdown.blocks import formatted
from engram.core.markdown.inlines import Formatted
from engram.terminal.files import save_chart, save_text
from engram.terminal.images import read_image
from engram.terminal.printer import Printer
from engram.terminal.prompt import Prompt, hidden_keys
from engram.terminal.stoppable import stoppable
from engram.terminal.texts import WELCOME

if TYPE_CHECKING:
    from rich.console import Console as Screen
    from rich.console import RenderableType
    from rich.text import Text

# The conversation of the terminal, and where questions are asked that stand alone.
CHAT, ALONE = "console", "ask"
# What people type to leave, as in other programs.
LEAVE = ("exit", "quit", "/exit", "/quit")
# How rich shows what Telegram shows as entities of these names.
STYLES = {
    "bold": "bold", "italic": "italic", "strikethrough": "strike", "blockquote": "dim",
    "code": "cyan", "pre": "cyan",
}  # fmt: skip


class Console:
    """A chat with `assistant` in the terminal, by `printer`; in a pipe it is plain text.

    Charts are written as files into the folder `charts`; without a folder there are none.
    """

    def __init__(self, assistant: Assistant, printer: Printer, charts: Path | None = None) -> None:
        self._assistant = assistant
        self._printer = printer
        self._charts = charts
        #: Whether a person sits in front of it.
        self.live = sys.stdin.isatty() and sys.stdout.isatty()

    def run(self, missing: Iterable[str] = ()) -> None:
        """Answer each question until the input ends; in a pipe each line is one.

        In a real terminal the lines in `missing` are shown as they become known.
        """
        if self.live:
            self._converse(missing)
            return
        with contextlib.suppress(EOFError, KeyboardInterrupt):
            while True:
                if (line := input()).strip():
                    self._ask_or_stop(line)

    def ask(self, text: str, *, alone: bool = False) -> None:
        """Print the answer to `text`, and nothing else.

        `alone`: nothing that was said before is known, and nobody will know of this.
        """
        chat, after = (ALONE, 0) if alone else (CHAT, None)
        panel = ""
        with contextlib.closing(self._reply(chat, text, after=after)) as events:
            for event in events:
                if isinstance(event, Panel):
                    panel = event.text
                    self._printer.text(panel)
                    if written := save_chart(event.symbol, event.draw, self._charts):
                        self._printer.text(written)
                elif isinstance(event, Finished):
                    text = _unseen(event, panel)
                    # A model's Markdown is for whoever reads it on; Engram's own is for people.
                    is_own = event.markdown and event.source == "engram"
                    self._printer.text(formatted(text).text if is_own else text)
                    if event.file:
                        self._printer.text(save_text(event.file, self._charts, self._printer.safe))

    def _converse(self, missing: Iterable[str]) -> None:
        with contextlib.suppress(EOFError), hidden_keys():
            self._printer.text(WELCOME)
            prompt = Prompt()
            threading.Thread(target=self._print_each, args=[missing], daemon=True).start()
            while True:
                text = prompt.read()
                if text.strip().casefold() in LEAVE:
                    return
                if text.strip():
                    self._answer(text)

    def _print_each(self, lines: Iterable[str]) -> None:
        # The main thread hears of it, too, when nobody is there to read.
        with contextlib.suppress(OSError):
            self._printer.lines(lines)

    def _answer(self, text: str) -> None:
        """Show the answer as it grows; Ctrl-C stops it."""
        reply = self._reply(CHAT, text)
        with contextlib.closing(stoppable(reply, lambda: self._assistant.stop(CHAT))) as events:
            if not LiveAnswer(self._printer, self._charts).show(events):
                self._printer.text(f"\n{texts.STOPPED}")

    def _reply(
        self, chat: str, line: str, after: int | None = None
    ) -> Generator[Event, None, None]:
        """The answer to `line`, which may name a file; whoever sits here owns the bot."""
        try:
            text, sent = read_image(line)
        except AttachmentError as err:
            return texts.own_words(str(err))
        return self._assistant.reply(chat, text, after=after, sent=sent, is_owner=True)

    def _ask_or_stop(self, line: str) -> None:
        try:
            self.ask(line)
        except KeyboardInterrupt:
            self._printer.text(f"\n{texts.STOPPED}")


def _unseen(answer: Finished, panel: str) -> str:
    """The part of `answer` that is not on screen yet, given that `panel` is."""
    if not answer.completes_panel:
        return f"\n{answer.text}" if panel else answer.text
    seen, lines = panel.splitlines(), answer.text.splitlines()
    same = sum(
        1 for _ in takewhile(lambda pair: pair[0] == pair[1], zip(seen, lines, strict=False))
    )
    return "\n" + "\n".join(lines[same:]).lstrip()


class LiveAnswer:
    """Shows one answer in the terminal: its progress, then its text as it grows, then the whole."""

    def __init__(self, printer: Printer, charts: Path | None = None) -> None:
        self._printer = printer
        self._charts = charts
        self._so_far = AnswerSoFar()
        self._panel = ""

    def show(self, events: Generator[Event, None, None]) -> bool:
        """Draw `events`; what was read stays in any case. Returns whether the answer came."""
        # rich is heavy, and only a real terminal needs it.
        from rich.console import Console as Screen
        from rich.live import Live

        screen = Screen(highlight=False)
        answer: Finished | None = None
        try:
            with Live(
                console=screen, transient=True, get_renderable=lambda: self._view(screen)
            ) as live:
                for event in events:
                    self._so_far.take(event)
                    if isinstance(event, Panel):
                        self._panel = event.text
                        screen.print(self._rendered(event.text, markdown=False))
                        if written := save_chart(event.symbol, event.draw, self._charts):
                            screen.print(self._rendered(written, markdown=False))
                    elif isinstance(event, Finished):
                        answer = event
                live.update("")
        finally:
            if answer:
                unseen = _unseen(answer, self._panel)
                screen.print(self._rendered(unseen, markdown=answer.markdown))
                if answer.file:
                    self._printer.text(save_text(answer.file, self._charts, self._printer.safe))
            elif self._so_far.length:
                screen.print(self._rendered(self._so_far.text, markdown=True))
        return answer is not None

    def _view(self, screen: Screen) -> RenderableType:
        from rich.segment import SegmentLines
        from rich.spinner import Spinner
        from rich.text import Text

        text = self._rendered(self._so_far.text, markdown=True, growing=True)
        if not text:
            seconds = self._so_far.seconds_in_stage(time.monotonic())
            return Spinner("dots", Text(texts.progress(self._so_far.stage, seconds)))
        # Only the end: rich cannot redraw a live area that is higher than the terminal.
        height = max(screen.height // 2, 5)
        end = Text("\n").join(text.split("\n")[-height:])
        rows = screen.render_lines(end, pad=False)
        return SegmentLines(rows[-height:], new_lines=True)

    def _rendered(self, text: str, *, markdown: bool, growing: bool = False) -> Text:
        from rich.text import Text

        text = self._printer.safe(text)
        found = formatted(text, growing=growing) if markdown else Formatted(text)
        shown = Text(found.text)
        for span in found.spans:
            shown.stylize(STYLES[span.style], span.start, span.end)
        return shown
