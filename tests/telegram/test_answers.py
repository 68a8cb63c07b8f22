"""What a message is answered with; with the double, without a process of its own."""

import pytest

from engram.chat import texts
from engram.core.events import Kind
from engram.core.stop import Stop
from engram.core.waits import finished
from engram.telegram.texts import NOT_READ, TOO_OLD, UNREADABLE
from tests.telegram.bench import ANN, BEN, CHAT, GROUP, STRANGER, Model

LAST_RESORT = texts.LAST_RESORT[Kind.CHAT]


@pytest.mark.parametrize(
    "content",
    [
        {"photo": [{}]},
        {"voice": {}},
        {"sticker": {"file_id": "x", "is_video": True}},
        {"animation": {}, "document": {"file_id": "x", "mime_type": "video/mp4"}},
    ],
)
def test_what_cannot_be_read_gets_a_friendly_line(bench, telegram, content):
    """A voice note would be ignored in silence."""
    made = bench()
    telegram.say(CHAT, "", **content)
    made.work()
    assert [shown.text for shown in telegram.screen(CHAT)] == [UNREADABLE]
    assert (made.inbox.depth, made.asked) == (0, [])


@pytest.mark.parametrize("caption", ["what is it?", "/help", ""])
def test_what_came_with_a_message_is_there_to_be_read(bench, telegram, caption):
    """A model would never see a picture."""
    made = bench()
    telegram.send_file(CHAT, b"1,2", caption, name="trades.csv")
    made.work()
    ((text, told),) = made.asked
    (attachment,) = told["sent"].attachments
    assert (text, attachment.name, attachment.size) == (caption, "trades.csv", 3)
    assert not attachment.is_picture
    assert told["sent"].files.read(attachment.ref, 100, Stop()) == b"1,2"


def test_a_later_question_can_have_an_earlier_picture_again(bench, telegram):
    """A follow-up would be asked about a picture that nobody can see any more."""
    made = bench()
    telegram.send_photo(CHAT)
    made.work()
    telegram.say(CHAT, "and now?")
    made.work()
    (_, first), (_, second) = made.asked
    assert second["sent"].attachments == ()
    (picture,) = first["sent"].attachments
    assert second["sent"].files.read(picture.ref, 10_000, Stop())[:3] == b"\xff\xd8\xff"


def test_a_question_in_reply_to_a_picture_is_about_it(bench, telegram):
    """ "What is that?" would be asked of nothing; the bot's own charts would be downloaded."""
    made = bench()
    theirs = telegram.send_file(GROUP, b"1", name="theirs.csv", user_id=BEN)
    telegram.quote(GROUP, "@engram_test_bot what is that?", theirs, user_id=ANN)
    made.work()
    chart = made.egress.bot.send_photo(GROUP, b"a chart").message_id
    telegram.quote(GROUP, "and that?", chart, user_id=ANN)
    made.work()
    (_, first), (_, second) = made.asked
    names = [[file.name for file in one["sent"].attachments] for one in (first, second)]
    assert names == [["theirs.csv"], []]


@pytest.mark.parametrize(
    ("chat", "user", "owns"),
    [(CHAT, CHAT, True), (GROUP, CHAT, True), (GROUP, ANN, False), (STRANGER, STRANGER, False)],
)
def test_the_owner_is_known(bench, telegram, chat, user, owns):
    """Anybody could load a model, or the owner could not."""
    made = bench()
    telegram.say(chat, "@engram_test_bot hi", user_id=user)
    made.work()
    assert made.asked[0][1]["is_owner"] is owns


def test_a_message_that_ends_the_process_again_and_again_is_closed(bench, telegram, caplog):
    """One message would keep the bot from ever running again."""
    made = bench()
    telegram.say(CHAT, "poison")
    job = made.take()
    for _ in range(3):
        job.begin()
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
    ("caption", "content", "is_told"),
    [
        ("hi", {"video": {}}, True),
        ("hi", {"photo": [{}]}, True),
        ("/help", {"video": {}}, False),
        ("hi", {"location": {}}, True),
    ],
)
def test_who_asks_below_a_video_is_told_that_it_was_not_seen(
    bench, telegram, caption, content, is_told
):
    """The model's guess at a video would be taken for what is on it."""
    made = bench()
    telegram.attach(CHAT, caption, **content)
    made.work()
    (shown,) = telegram.screen(CHAT)
    assert (NOT_READ in shown.text) is is_told
    telegram.send_photo(CHAT, caption="hello")
    made.work()
    assert NOT_READ not in telegram.screen(CHAT)[1].text


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
