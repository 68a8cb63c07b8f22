"""What is said of loading models and ejecting them; pure."""

from textwrap import shorten

from engram.chat.model_texts import command_for
from engram.core.events import Button, Buttons
from engram.core.formats import format_duration, format_size
from engram.core.model import Model

# So much of a server's reason is shown. Characters.
REASON = 400
LOADED = "🟢 {model} is loaded, which took {time}. It stays so until somebody ejects it."
WAS_LOADED = "🟢 {model} is loaded already."
NOT_WAITED_FOR = (
    "⏹ I wait no longer, but LM Studio goes on loading {model}: /models shows when it is there."
)
# What is said after a crash in the middle of it: LM Studio may still be at it.
INTERRUPTED = (
    "I was restarted while LM Studio loaded {model}, and have not asked it again. /models shows "
    "whether it is there."
)
LOADS_FOR_A_QUESTION = (
    "LM Studio is loading {model} for a question right now, so it is not asked to load it once "
    "more. /models shows when it is there."
)
IS_CHANGING = "{model} is just being loaded or ejected. Please try again in a moment."
NOT_LOADED = "LM Studio has not loaded {model}: {reason}"
NO_MEMORY = (
    "If there is too little memory, eject another model first, or choose a smaller one or a "
    "smaller [lmstudio] context_length."
)
# What the reason says of a model that is not there.
MISSING = ("not found", "no model")
NO_QUANTIZATION = (
    "This version of LM Studio takes no quantization by its name: choose it there, under My Models."
)
EJECTED = "⏏ {model} is ejected: its memory is free."
WAS_NOT_LOADED = "{model} is not loaded, so there is nothing to eject."
ANSWERS = "{model} is giving {answers} right now, so it stays. Eject it when nobody waits for it."
NOT_EJECTED = "LM Studio has not ejected {model}: {reason}"
# Below the answer of somebody else.
UNASKED = "⚪ {model} is not loaded, and LM Studio loads it only if somebody asks it to."
ASKS_OWNER = UNASKED + " Load it?{size}"
HOW_TO_LOAD = "To load it: /models load {key}"
TELLS_OTHERS = UNASKED + " The bot's owner can do that with /models."
LOAD, SIZE = "▶️ Load {model}{size}", " {size}"


def loaded(model: Model, seconds: float | None) -> str:
    """That `model` is loaded, in so many seconds; None: it was before."""
    if seconds is None:
        return WAS_LOADED.format(model=model.name)
    return LOADED.format(model=model.name, time=format_duration(max(seconds, 1.0)))


def ejected(model: Model, seconds: float | None) -> str:
    """That `model` is ejected; None: it was not loaded."""
    return (WAS_NOT_LOADED if seconds is None else EJECTED).format(model=model.name)


def not_loaded(model: Model, reason: str) -> str:
    """Why `model` could not be loaded, and what may help."""
    text = NOT_LOADED.format(model=model.name, reason=_sentence(reason))
    if not any(words in reason for words in MISSING):
        return f"{text}\n{NO_MEMORY}"
    return f"{text}\n{NO_QUANTIZATION}" if "@" in model.key else text


def not_ejected(model: Model, reason: str) -> str:
    """Why `model` could not be ejected."""
    return NOT_EJECTED.format(model=model.name, reason=_sentence(reason))


def answers(model: Model, count: int) -> str:
    """That `model` gives so many answers, and is therefore not ejected."""
    number = "an answer" if count == 1 else f"{count} answers"
    return ANSWERS.format(model=model.name, answers=number)


def offer(model: Model, *, is_owner: bool) -> tuple[str, Buttons]:
    """What to say, and the button to press, where `model` would have to be loaded."""
    if not is_owner:
        return TELLS_OTHERS.format(model=model.name), ()
    size = SIZE.format(size=format_size(model.bytes)) if model.bytes else ""
    text = ASKS_OWNER.format(model=model.name, size=size)
    label = LOAD.format(model=model.name, size=f" ·{size}" if size else "")
    button = Button(label, command_for("load", model))
    return f"{text}\n{HOW_TO_LOAD.format(key=model.key)}", ((button,),)


def _sentence(reason: str) -> str:
    said = shorten(reason, REASON, placeholder=" ...")
    return said if said.endswith((".", "!", "?")) else f"{said}."
