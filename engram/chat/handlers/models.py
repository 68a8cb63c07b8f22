"""/models: the list of models, and the choice of one for a chat."""

from engram.chat import model_texts, texts
from engram.chat.handlers.parts import Events, Parts
from engram.chat.turns.said import Said
from engram.core.events import Buttons
from engram.core.model import Model
from engram.core.text.printable import one_line
from engram.storage.conversations import Conversations
from engram.storage.inbox import with_reply


def models(parts: Parts, said: Said, argument: str) -> Events:
    """List the models of the servers, or have the one that `argument` names answer the chat."""
    servers, conversations = parts.servers, parts.conversations
    if not argument or not servers.models():
        return texts.own_words(*listed(parts, said))
    if "-".join(argument.split()) == model_texts.AS_CONFIGURED:
        text = model_texts.CONFIGURED_MODEL.format(model=servers.model())
        return _chosen(conversations, said, "", text)
    meant = servers.find(argument)
    if len(meant) == 1:
        text = model_texts.CHOSEN_MODEL.format(model=meant[0].name)
        return _chosen(conversations, said, meant[0].key, text)
    return unclear(parts, said, argument, "models")


def listed(parts: Parts, said: Said) -> tuple[str, Buttons]:
    """The list of models with its buttons, those of the owner among them."""
    servers, chosen = parts.servers, parts.conversations.model(said.chat)
    found = servers.models()
    ambiguity = "" if chosen else servers.ambiguity()
    now = chosen or servers.model()
    status = servers.status()
    text = model_texts.models(found, now, ambiguity, server=status, is_owner=said.is_owner)
    return text, model_texts.model_buttons(found, chosen, is_owner=said.is_owner)


def unclear(parts: Parts, said: Said, argument: str, verb: str) -> Events:
    """List the models that `argument` may mean, with buttons that say `verb` of each."""
    found = parts.servers.models()
    if not argument or not found:
        return texts.own_words(*listed(parts, said))
    offered, is_meant = _like(found, parts.servers.find(argument), argument)
    shown = model_texts.models(offered, listed=found, server=parts.servers.status())
    text = (model_texts.WHICH_MODEL if is_meant else model_texts.NO_SUCH_MODEL).format(
        name=one_line(argument, 64), models=shown
    )
    return texts.own_words(text, model_texts.model_buttons(offered, verb=verb))


def _like(
    found: tuple[Model, ...], meant: tuple[Model, ...], argument: str
) -> tuple[tuple[Model, ...], bool]:
    """The models to offer for a name that is not one model's alone, and whether it is of those."""
    # A part of a name chooses nothing by itself: another model than the one meant may have it.
    part = argument.casefold()
    # So few digits are the number of a line that is not there.
    is_part = not part.isdigit() or len(part) > 2
    like = tuple(model for model in found if is_part and part in model.key.casefold())
    return meant or like or found, bool(meant)


def _chosen(conversations: Conversations, said: Said, model: str, text: str) -> Events:
    reply = texts.done_by(said.by, text)
    conversations.choose_model(said.chat, model, with_reply(said.rows, reply))
    return texts.own_words(reply)
