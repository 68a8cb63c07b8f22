"""What Engram says of the language models and their servers: /models and /status; pure."""

from collections.abc import Sequence
from textwrap import shorten

from engram.chat.texts import BUTTON_BYTES
from engram.core.events import Button, Buttons
from engram.core.formats import format_duration, format_percent, format_size, format_speed
from engram.core.masking.looks import random_parts
from engram.core.model import PROVIDERS, Model, ServerStatus, Status
from engram.storage.statistics import Pace, Rates

AS_CONFIGURED = "as-configured"
MODELS_SHOWN = 20
# A longer label is cut on every screen. Characters.
LABEL = 64
# Characters of the reason why a server is offline: it may list hundreds of models.
REASON = 300
CHOSEN_MODEL = "{model} answers this chat from now on."
CONFIGURED_MODEL = "{model} answers this chat again."
HOW_TO_CHOOSE = (
    f"To choose: /models and its number, or /models {AS_CONFIGURED} for the one in config.ini."
)
HOW_TO_LOAD = "To load or eject one: /models load or /models eject, and its number."
# The labels of the owner's buttons, and what they do.
LOAD, EJECT = ("▶️ Load", "models load"), ("⏏️ Eject", "models eject")
SEES, THINKS = "👁", "💭"
NO_SUCH_MODEL = 'There is no model "{name}".\n\n{models}'
WHICH_MODEL = '"{name}" can be several models.\n\n{models}'
NO_SERVER = "No model server is in [fallback] order."
NONE_TO_CHOOSE = "No model can be chosen right now; /status says how {server} is doing."
NOT_HERE = (
    "{server} answers with the model that is set in config.ini. Only models in LM Studio can be "
    "chosen here."
)
SPEED = "Speed of the model: {speed} (medians)"
CONTEXT = "Context: at most {taken} tokens in the latest answers"

_STATUS = {
    Status.CONNECTED: "🟢 {server} Connected - AI-powered responses",
    Status.FAILING: "⚠️ {server} is there, but the last questions failed: {problem}",
    Status.RETRYING: "⚠️ Retrying - Attempting to reconnect",
    Status.OFFLINE: "🔴 {server} Offline - Using fallback AI",
}


LM_STUDIO = ServerStatus(Status.OFFLINE, PROVIDERS["lmstudio"].label)
# Nobody need have asked yet.
_LACKING = "⚠️ {server} is there, but cannot answer as it is configured: {problem}"
_NOBODY = "⚪ No model - Using fallback AI"


def models(
    found: Sequence[Model],
    chosen: str = "",
    ambiguity: str = "",
    listed: Sequence[Model] = (),
    server: ServerStatus = LM_STUDIO,
    *,
    is_owner: bool = False,
) -> str:
    """The models that a chat can choose from; `chosen` answers now.

    Where there are none, the status of the best `server` says why.

    `ambiguity` is what the configured name can mean, in a sentence. Where `found` are only some of
    the models that are `listed`, they keep their numbers. The bot's owner reads how to load them.
    """
    if not found:
        return _none_to_choose(server)
    now = [f"{chosen} answers this chat."] if chosen else []
    unclear = [f"⚠️ {ambiguity}"] if ambiguity else []
    how = [HOW_TO_CHOOSE, HOW_TO_LOAD] if is_owner else [HOW_TO_CHOOSE]
    lines = numbered(found, listed, on_demand=server.on_demand)
    return "\n".join([*lines, "", *now, *unclear, *how])


def numbered(
    found: Sequence[Model], listed: Sequence[Model] = (), *, on_demand: bool = True
) -> list[str]:
    """The models `found`, each in a line with its number among those `listed`; the first of many.

    The line above them says what the signs mean. `on_demand`: questions load their models.
    """
    shown = set(found)
    lines = [
        f"{number}. {'🟢' if model.loaded else '⚪'} {_described(model)}"
        for number, model in enumerate(listed or found, 1)
        if model in shown
    ]
    more = [f"... and {len(found) - MODELS_SHOWN} more"] if len(found) > MODELS_SHOWN else []
    return [_head(found, on_demand=on_demand), *lines[:MODELS_SHOWN], *more]


def _head(found: Sequence[Model], *, on_demand: bool) -> str:
    """The first line of the list, which says what the signs in it mean."""
    signs = ["🟢 loaded", "⚪ loaded by the first question" if on_demand else "⚪ not loaded"]
    signs += [f"{SEES} sees pictures"] if any(model.vision for model in found) else []
    signs += [f"{THINKS} can think"] if any(model.efforts for model in found) else []
    return f"Language models in LM Studio ({', '.join(signs)}):"


def _none_to_choose(server: ServerStatus) -> str:
    if not server.label:
        return f"There is no model to choose. {NO_SERVER}"
    if not server.chooses:
        return NOT_HERE.format(server=server.title)
    return NONE_TO_CHOOSE.format(server=PROVIDERS["lmstudio"].title)


def model_buttons(
    found: Sequence[Model], chosen: str = "", verb: str = "models", *, is_owner: bool = False
) -> Buttons:
    """A button for each model, and one to go back to the one in config.ini.

    They say `verb` of it: "models" chooses it. The bot's owner has one beside it that loads or
    ejects it.
    """
    names = [model.name for model in found]
    rows = [
        (
            # Two models may differ only in their publisher.
            _button(model.name if names.count(model.name) == 1 else model.key, verb, model),
            *([_button(*(EJECT if model.loaded else LOAD), model)] if is_owner else ()),
        )
        for model in found[:MODELS_SHOWN]
    ]
    back = (Button("as configured", f"/models {AS_CONFIGURED}"),)
    return (*rows, back) if chosen and found else tuple(rows)


def status(
    server: ServerStatus, rates: Rates, pace: Pace, up: float, waiting: int, chosen: str = ""
) -> str:
    """The status of `server`; `rates` and `pace` are of the last 24 hours, `up` is in seconds.

    `chosen` is the model that the chat has chosen.
    """
    state = _STATUS[server.indicator] if server.label else _NOBODY
    if server.indicator is Status.FAILING and server.unreachable:
        state = _LACKING
    lines = [state.format(server=server.label, problem=server.problem)]
    if server.indicator is Status.OFFLINE and server.unreachable:
        lines.append(f"Why: {shorten(server.unreachable, REASON, placeholder=' ...')}")
    if server.label:
        latency = f", latency {server.latency * 1000:.0f} ms" if server.latency else ""
        lines.append(f"Model: {server.model or 'not known yet'}{latency}")
        if server.stand_in:
            lines.append(f"It is not loaded, so {server.stand_in} answered last.")
        if chosen:
            lines.append(f"Chosen here with /models: {chosen}")
    else:
        lines.append(NO_SERVER)
    if server.in_line:
        lines.append(f"Questions in line for a model: {server.in_line}")
    lines += last_day(rates, pace)
    return "\n".join([*lines, f"Up for {format_duration(up)}", f"Waiting messages: {waiting}"])


def last_day(rates: Rates, pace: Pace) -> list[str]:
    """The statistics of the last 24 hours, in lines."""
    lines = [f"Answers in the last 24 hours: {rates.total}"]
    if rates.total:
        by_source = ", ".join(f"{name} {count}" for name, count in sorted(rates.by_source.items()))
        lines += [
            f"By source: {by_source}",
            f"Fallback rate {format_percent(rates.fallback_rate)}, "
            f"error rate {format_percent(rates.error_rate)}",
            f"Response time: half within {rates.p50:.1f} s, 95 % within {rates.p95:.1f} s",
        ]
    return [*lines, *_pace(pace)]


def _pace(pace: Pace) -> list[str]:
    """How fast models wrote, and how full their contexts were, as far as that is known."""
    speed = format_speed(pace.speed) if pace.speed else ""
    first = f"first token after {pace.first_token:.1f} s" if pace.first_token else ""
    taken = f"{pace.taken:,} of {pace.context:,}" if pace.context else f"{pace.taken:,}"
    lines = [SPEED.format(speed=", ".join(filter(None, (speed, first))))] if speed or first else []
    return [*lines, CONTEXT.format(taken=taken)] if pace.taken else lines


def _described(model: Model) -> str:
    """What matters for choosing `model`."""
    size = format_size(model.bytes) if model.bytes else ""
    name = _brief(" · ".join(filter(None, (model.key, model.size, model.quantization, size))), 160)
    others = [one.rpartition("@")[2] for one in model.variants if one != model.variant]
    also = f"also @{_brief(', @'.join(others), 40)}" if others else ""
    can = "".join(sign for sign, has in ((SEES, model.vision), (THINKS, model.efforts)) if has)
    return " · ".join(filter(None, (name, also, _context(model), can)))


def _context(model: Model) -> str:
    """How many tokens `model` reads as it is loaded, and how many it could."""
    most = f"{model.longest:,} tokens" if model.longest else ""
    if not model.loaded or not model.context:
        return f"up to {most}" if most else ""
    if model.context == model.longest or not most:
        return f"{model.context:,} tokens"
    return f"{model.context:,} of {most}"


def _brief(label: str, most: int) -> str:
    """`label`, at most so many characters: its beginning and end."""
    half = most // 2
    return label if len(label) <= most else f"{label[:half]}…{label[1 - half :]}"


def choosing(model: Model, label: str) -> Button:
    """The button with that `label` below an answer, which chooses `model` for the next one."""
    return _button(label, "look", model)


def command_for(verb: str, model: Model) -> str:
    """The command that says `verb` of `model`, for a button: with its key, or a short name."""
    command = f"/{verb} {model.key}"
    # What looks like a secret is masked before it is sent, and would be no key any more.
    fits = len(command.encode()) <= BUTTON_BYTES and not any(random_parts(model.key))
    return command if fits else f"/{verb} {model.tag}"


def _button(label: str, verb: str, model: Model) -> Button:
    return Button(_brief(label, LABEL), command_for(verb, model))
