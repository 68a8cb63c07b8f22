"""/think: how much the model thinks before it answers, and the choice of that for a chat."""

from engram.chat import texts
from engram.chat.handlers import think_texts
from engram.chat.handlers.parts import Events, Parts
from engram.chat.turns.said import Said
from engram.core.model import AUTO, OFF, ON
from engram.storage.inbox import with_reply

# What people write in place of them.
OTHER_WORDS = {"none": OFF, "no": OFF, "yes": ON}


def think(parts: Parts, said: Said, argument: str) -> Events:
    """Say how much the chat's model thinks, or have it think as much as `argument` says."""
    conversations = parts.conversations
    can = parts.servers.thinking(conversations.model(said.chat))
    word = "-".join(argument.casefold().split())
    effort = OTHER_WORDS.get(word, word)
    if effort == think_texts.AS_CONFIGURED:
        return _chosen(parts, said, "", think_texts.thinks_so(can, ""))
    if can.efforts and effort in (*can.efforts, AUTO):
        return _chosen(parts, said, effort, think_texts.thinks_so(can, effort))
    now = conversations.effort(said.chat)
    text = think_texts.standing(can, now)
    if word and can.efforts:
        text = f"{think_texts.not_allowed(can, argument)}\n\n{text}"
    return texts.own_words(text, think_texts.buttons(can, now))


def _chosen(parts: Parts, said: Said, effort: str, text: str) -> Events:
    reply = texts.done_by(said.by, text)
    parts.conversations.choose_effort(said.chat, effort, with_reply(said.rows, reply))
    return texts.own_words(reply)
