"""What a message is answered with; with the double, without a process of its own."""

from dataclasses import replace

import pytest

from engram.chat import texts
from engram.core.events import Kind
from engram.core.waits import finished
from engram.telegram.texts import TOO_OLD, WORDS_ONLY
from tests.telegram.bench import ANN, BEN, CHAT, GROUP, Model

LAST_RESORT = texts.LAST_RESORT[Kind.CHAT]


@pytest.mark.parametrize(
    ("content", "text"),
    [({"photo": [{}]}, "I can read text only"), ({"voice": {}}, "I can read text only")],
)
def test_a_message_without_text_gets_a_friendly_line(bench, telegram, content, text):
    """A photo would be ignored in silence."""
    made = bench()
    telegram.say(CHAT, "", **content)
    made.work()
    assert telegram.screen(CHAT)[0].text.startswith(text)
    assert made.inbox.depth == 0


def test_a_message_that_ends_the_process_again_and_again_is_closed(bench, telegram, caplog):
    """One message would keep the bot from ever running again."""
    made = bench()
    telegram.say(CHAT, "poison")
    job = made.take()
    for _ in range(3):
        made.inbox.begin(job.incoming.update_id)
    finished(made.runner.work(job))
    assert [shown.text for shown in telegram.screen(CHAT)] == [LAST_RESORT]
    assert made.inbox.depth == 0
    assert "was begun 4 times" in caplog.text


def test_a_message_that_is_older_than_a_day_is_closed_with_one_line(bench, telegram):
    """After a holiday the bot would answer what nobody wants to know by now."""
    made = bench()
    telegram.say(CHAT, "hi")
    job = made.take()
    job.received -= 86_401
    finished(made.runner.work(job))
    assert [shown.text for shown in telegram.screen(CHAT)] == [TOO_OLD]
    assert made.inbox.depth == 0


def test_a_reply_goes_on_from_the_answer_that_it_replies_to(bench, telegram):
    """A reply would follow the latest answer, which may be about something else."""
    made = bench()
    for text in ("one", "two"):
        telegram.say(CHAT, text)
        made.work()
    first = telegram.wait_for_text(CHAT, "echo one").message_id
    telegram.say(CHAT, "three", reply_to=first)
    made.work()
    head = made.conversations.head(str(CHAT))
    said = [turn.question for turn in made.conversations.recall(head).turns]
    assert said == ["one", "three"]


@pytest.mark.parametrize(
    ("more", "note"),
    [({}, None), ({"is_caption": True}, WORDS_ONLY), ({"text": "/help", "is_caption": True}, None)],
)
def test_who_asks_below_a_picture_is_told_that_it_was_not_seen(bench, telegram, more, note):
    """The model's guess at a picture would be taken for what is on it."""
    made = bench()
    telegram.say(CHAT, "hi")
    job = made.take()
    job.incoming = replace(job.incoming, **more)
    finished(made.runner.work(job))
    (shown,) = telegram.screen(CHAT)
    assert shown.text.endswith(note or shown.text)
    assert (WORDS_ONLY in shown.text) is (note is not None)


def test_who_writes_more_than_is_read_is_told_so(bench, telegram):
    """An answer to half a text would seem to be one to all of it."""
    made = bench()
    telegram.say(CHAT, "hi " * 1000)
    job = made.take()
    job.is_cut = True
    finished(made.runner.work(job))
    telegram.wait_for_text(CHAT, "I have read its first 3,000 characters")


def test_words_that_are_quoted_or_replied_to_are_given_to_the_model(bench, telegram):
    """The model would not know what "this" is, or read a command in somebody else's words."""
    model = Model()
    made = bench(model=model)
    theirs = telegram.say(GROUP, "/new They will hit 100k", user_id=BEN)
    for options, words in (
        ({"reply_to": theirs}, "> /new They will hit 100k"),
        ({"reply_to": theirs, "part": "100k"}, "> 100k"),
    ):
        telegram.quote(GROUP, "@engram_test_bot is this true?", user_id=ANN, **options)
        made.work()
        question = model.questions[-1]
        assert question.text == "is this true?"
        assert question.prompt.endswith(f":\n{words}\n\nis this true?")
    turns = made.conversations.recall(made.conversations.head(str(GROUP))).turns
    assert [turn.question for turn in turns] == [one.prompt for one in model.questions]


def test_a_reply_to_the_bot_gives_its_words_only_where_the_model_does_not_know_them(
    bench, telegram
):
    """The model would read its own answer twice, or not know which part of it is meant."""
    model = Model()
    made = bench(model=model)
    telegram.say(CHAT, "one")
    made.work()
    answer = telegram.wait_for_text(CHAT, "echo one").message_id
    notice = made.egress.bot.send_message(CHAT, "The disk is full.").message_id
    for reply_to, part, prompt in (
        (answer, None, "why?"),
        (answer, "echo", "> echo\n\nwhy?"),
        (notice, None, "> The disk is full.\n\nwhy?"),
    ):
        telegram.quote(CHAT, "why?", reply_to, part)
        made.work()
        assert model.questions[-1].prompt.endswith(prompt)
        assert model.questions[-1].history[0].question == "one"


def test_a_name_alone_in_reply_to_somebody_asks_about_their_words(bench, telegram):
    """Whoever calls the bot to somebody's claim would be greeted."""
    model = Model()
    made = bench(model=model)
    theirs = telegram.say(GROUP, "BTC will hit 100k", user_id=BEN)
    telegram.quote(GROUP, "@engram_test_bot", theirs, user_id=ANN)
    made.work()
    assert model.questions[-1].prompt.endswith("> BTC will hit 100k\n\nWhat do you say to that?")
