"""/models: the list of models, and the choice of one for a chat."""

from textwrap import shorten

from engram.chat import model_texts, texts
from engram.chat.asking import Said
from engram.chat.handlers.parts import Events, Parts
from engram.storage.conversations import Conversations
from engram.storage.inbox import with_reply


def models(parts: Parts, said: Said, argument: str) -> Events:
    """List the models of the servers, or have the one that `argument` names answer the chat."""
    servers, conversations = parts.servers, parts.conversations
    found, chosen = servers.models(), conversations.model(said.chat)
    if not argument or not found:
        unclear = "" if chosen else servers.ambiguity()
        now = chosen or servers.model()
        text = model_texts.models(found, now, unclear, server=servers.status())
        return texts.own_words(text, model_texts.model_buttons(found, chosen))
    if argument == model_texts.AS_CONFIGURED:
        text = model_texts.CONFIGURED_MODEL.format(model=servers.model())
        return _chosen(conversations, said, "", text)
    meant = servers.find(argument)
    if len(meant) == 1:
        text = model_texts.CHOSEN_MODEL.format(model=meant[0].name)
        return _chosen(conversations, said, meant[0].key, text)
    # A part of a name chooses nothing by itself: another model than the one meant may have it.
    part = argument.casefold()
    # So few digits are the number of a line that is not there.
    is_part = not part.isdigit() or len(part) > 2
    like = tuple(model for model in found if is_part and part in model.key.casefold())
    offered = meant or like or found
    text = (model_texts.WHICH_MODEL if meant else model_texts.NO_SUCH_MODEL).format(
        name=shorten(argument, 64), models=model_texts.models(offered, listed=found)
    )
    return texts.own_words(text, model_texts.model_buttons(offered))


def _chosen(conversations: Conversations, said: Said, model: str, text: str) -> Events:
    reply = texts.done_by(said.by, text)
    conversations.choose_model(said.chat, model, with_reply(said.rows, reply))
    return texts.own_words(reply)
