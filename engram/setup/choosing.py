"""The third step: which model answers."""

from collections.abc import Sequence

from engram.chat.model_texts import numbered
from engram.config.settings import Settings
from engram.config.writing import ConfigFiles
from engram.core.errors import GiveUpError
from engram.core.model import AUTO, Model
from engram.llm.catalogue import matching
from engram.setup import texts
from engram.setup.dialog import Dialog
from engram.setup.looking import Found


def ask_model(dialog: Dialog, files: ConfigFiles, settings: Settings, found: Found) -> None:
    """Ask which of the models that were `found` answers, and write it."""
    configured = settings.lmstudio.model
    if not found.models:
        text = texts.NO_MODEL if found.answers and not found.closed else texts.NO_LIST
        dialog.say(text.format(model=configured))
        return
    dialog.say(*numbered(found.models))
    default = configured if named(configured, found.models) else AUTO
    while True:
        typed = dialog.ask(texts.ASK_MODEL, default)
        meant = named(typed, found.models)
        if typed == default or len(meant) == 1:
            break
        text = texts.WHICH_MODEL if meant else texts.NO_SUCH_MODEL
        dialog.say(text.format(name=typed, names=" or ".join(meant)))
    chosen = typed if typed == default else meant[0]
    if chosen != configured:
        dialog.write_key(files, "lmstudio", "model", chosen)


def named(typed: str, models: Sequence[Model]) -> list[str]:
    """The keys that `typed` can mean, which is a number in the list, a name, or auto."""
    if typed.casefold() == AUTO:
        return [AUTO]
    number = int(typed) if typed.isdecimal() and len(typed) < 6 else 0
    if number:
        return [model.key for model in models[number - 1 : number]]
    try:
        return [model.key for model in matching(typed, models)]
    except GiveUpError:
        return []
