"""What Engram says of itself: greeting, help, models, status; pure."""

from __future__ import annotations

from collections.abc import Generator, Sequence

from engram.core.events import Button, Buttons, Event, Finished
from engram.core.formats import format_duration, format_percent
from engram.core.model import Model, ServerStatus
from engram.storage.statistics import Rates

# The menu of the chat, in its order.
COMMANDS = {
    "analyze": "Analyse a market: /analyze BTC 4h",
    "status": "Is the language model there?",
    "models": "Choose the language model",
    "stop": "Stop the answer under way",
    "new": "Forget this conversation",
    "help": "What I can do",
    "start": "Say hello",
}
# These are answered at once, whatever else a chat waits for.
INSTANT = {"status", "models", "stop", "new", "help", "start"}
AS_CONFIGURED = "as-configured"
# Telegram's limit for what a button says.
BUTTON_BYTES = 64
MODELS_SHOWN = 20

START = (
    "👋 I'm Engram: your own language model, in Telegram. Ask me anything, or send "
    "/analyze BTC for an analysis. If the model is not there, I still answer, by stated "
    "rules.\n\nNothing I say is financial advice. /help shows all commands."
)
HELP = "\n".join(
    [
        "What I can do:",
        *(f"/{name} - {what}" for name, what in COMMANDS.items()),
        "",
        "Any other text is a question.",
    ]
)
UNKNOWN_COMMAND = f"I don't know that command.\n\n{HELP}"

# The terminal chat's own.
WELCOME = "Engram. Ask something, or /help. Ctrl-C stops an answer, and leaves when there is none."
CHART_WRITTEN = "🖼  Chart: {file}"
CHART_NOT_WRITTEN = "⚠️  The chart cannot be written to {folder} ({reason}); name another --charts"


def said(text: str, buttons: Buttons = ()) -> Generator[Event, None, None]:
    """An answer that is a text of Engram's own."""
    yield Finished(text, "engram", buttons=buttons)


def models(found: Sequence[Model], chosen: str) -> str:
    """The models that a chat can choose from; `chosen` answers now."""
    if not found:
        return "LM Studio is not there just now, so there is no model to choose."
    lines = [f"{'🟢' if model.loaded else '⚪'} {_described(model)}" for model in found]
    more = [f"... and {len(found) - MODELS_SHOWN} more"] if len(found) > MODELS_SHOWN else []
    now = [f"This chat is answered by {chosen}."] if chosen else []
    head = "Language models in LM Studio (🟢 loaded, ⚪ loaded by the first question):"
    return "\n".join([head, *lines[:MODELS_SHOWN], *more, "", *now]).rstrip()


def model_buttons(found: Sequence[Model], chosen: str) -> Buttons:
    """A button for each model, and one to go back to the one in config.ini."""
    rows = [(_button(model.name, model.key),) for model in found[:MODELS_SHOWN]]
    return (*rows, (_button("as configured", AS_CONFIGURED),)) if chosen and found else tuple(rows)


def status(server: ServerStatus, figures: Rates, up: float, waiting: int) -> str:
    """The status of `server`; `figures` are of the last 24 hours, `up` is in seconds."""
    indicator = server.indicator.value.replace("LMStudio", server.title)
    lines = [indicator, server.detail, *last_day(figures)]
    lines += [f"Up for {format_duration(up)}", f"Waiting messages: {waiting}"]
    return "\n".join(filter(None, lines))


def last_day(figures: Rates) -> list[str]:
    """The figures of the last 24 hours, a line each."""
    lines = [f"Answers in the last 24 hours: {figures.total}"]
    if figures.total:
        by_source = ", ".join(
            f"{name} {count}" for name, count in sorted(figures.by_source.items())
        )
        lines += [
            f"By source: {by_source}",
            f"Fallback rate {format_percent(figures.fallback_rate)}, "
            f"error rate {format_percent(figures.error_rate)}",
            f"Time to the answer: half within {figures.p50:.1f} s, 95 % within {figures.p95:.1f} s",
        ]
    return lines


def _described(model: Model) -> str:
    return " · ".join(filter(None, (model.key, model.size, model.quantization)))


def _button(label: str, key: str) -> Button:
    command = f"/models {key}".encode()[:BUTTON_BYTES].decode(errors="ignore")
    return Button(label, command)
