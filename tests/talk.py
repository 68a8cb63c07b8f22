"""What end-to-end tests say to the bot, and models whose answers show what they were asked."""

import threading


def echo(exchange):
    """A model that says what it was asked."""
    text = exchange.body["input"]
    exchange.event("chat.start", model_instance_id=exchange.model)
    exchange.event("message.delta", content=text)
    exchange.end([{"type": "message", "content": text}])


class HeldBack:
    """A model that begins to answer, and ends when `release` is set."""

    def __init__(self):
        self.release = threading.Event()

    def __call__(self, exchange):
        """Answer one request."""
        text = exchange.body["input"]
        exchange.event("chat.start", model_instance_id=exchange.model)
        exchange.event("message.start")
        exchange.event("message.delta", content=f"Half of {text}. ")
        while not self.release.wait(0.02):
            exchange.pause(0.02)
        exchange.event("message.delta", content="All.")
        exchange.end([{"type": "message", "content": f"Half of {text}. All."}])


def say(telegram, chat, text, topic=None, **options):
    """Say it to the bot, which in groups hears only its name."""
    return telegram.say(chat, f"@engram_test_bot {text}", thread_id=topic, **options)


def ask(telegram, chat, text, topic=None):
    """Say `text` and wait for its whole answer, which is returned."""
    say(telegram, chat, text, topic)
    return telegram.wait_for_text(chat, f"{text}\n\n💡")


def previous(lmstudio, text):
    """The turn at the model server that the question `text` followed."""
    (chat,) = (one for one in lmstudio.chats if one.body["input"] == text)
    return chat.body.get("previous_response_id")


def known(lmstudio, text):
    """The questions that the model knew of when it got the question `text`."""
    return [said for role, said in lmstudio.thread(previous(lmstudio, text)) if role == "user"]


def answered(telegram, callback):
    """The text of the answer to a press."""
    return telegram.wait_for(
        lambda: [a for a in telegram.callback_answers if a["callback_query_id"] == callback]
    )[0].get("text")
