"""What people do in a chat, with `launcher.py` as a process and Telegram's limits in force."""

import signal

import pytest

from engram.telegram.texts import UNREADABLE
from tests.conftest import OWNER
from tests.doubles.lmstudio import Answer, model
from tests.doubles.telegram import TelegramDouble
from tests.talk import answered, echo

GROUP, TOPIC = -100200300, 3
ANN, BEN = 51, 52
ALLOWED = f"allowed_chat_ids = {GROUP}"
POWERED = "Powered by LMStudio"
# signal.SIGKILL, which Windows does not name.
KILL = 9


# A bot that is restarted at once does not know what the chat has just had.
restarts = pytest.mark.parametrize("telegram", [False], indirect=True, ids=["without limits"])


@pytest.fixture
def telegram(request):
    """Telegram with its limits: a bot that meets one of them fails the test."""
    with TelegramDouble(enforce_flood=getattr(request, "param", True)) as double:
        yield double
    assert double.errors == []
    assert double.violations == []


def asked(lmstudio):
    """The questions that the model got, in their order."""
    return [
        chat.body["input"].partition("\n\nThere is no market data")[0] for chat in lmstudio.chats
    ]


def ask(telegram, text, answer=None, chat=OWNER, **options):
    """Say `text`, wait for its answer, and return both message ids."""
    said = telegram.say(chat, text, **options)
    return said, telegram.wait_for_text(chat, answer or f"{text}\n\n💡").message_id


TEXTS = {
    "emoji": "😀" * 4096,
    "longest": "long " * 819,
    "right to left": "ما هو سعر البيتكوين اليوم؟ \u202e txt \u200f",
    "markdown": "**b** _i_ `c` [l](http://x) ```\ncode | *x* ~~~ ||s|| \\* # h\n> q\n1. x",
    "half markdown": "** __ ``` [ ]( _ ~ | > # + - = { } . !",
    "html": "<b>bold</b> <script>alert(1)</script> &amp; &#0; </div>",
    "format": "%s %n %d {0} {x!r} ${HOME} $(id) `id`",
    "path": "../../etc/passwd C:\\windows ~/.ssh/id_rsa \\\\host\\share",
    "sql": "'; DROP TABLE inbox; -- \" OR 1=1",
    "controls": "a\x1b[31mred\x07 \x00 b\rc\u2028d\ufeff",
    "one character": ".",
    "log line": "x\n2026-01-01 00:00:00 CRITICAL forged",
}


@pytest.mark.covered
def test_whatever_is_written_stays_text(bot, telegram, lmstudio):
    """A person could break the bot, or somebody's database, with a message."""
    lmstudio.behave(echo)
    chats = {1000 + number: text for number, text in enumerate(TEXTS.values())}
    running = bot(
        after="[logging]\nlevel = DEBUG\n",
        telegram_keys=f"allowed_chat_ids = {', '.join(map(str, chats))}",
    )
    for chat, text in chats.items():
        telegram.say(chat, text)
    for chat in chats:
        telegram.wait_for_text(chat, POWERED, timeout=20)
    assert sorted(asked(lmstudio)) == sorted(chats.values())
    assert "Traceback" not in running.log
    assert "\n2026-01-01 00:00:00 CRITICAL" not in running.log
    assert "\x1b" not in running.log + running.output


CONTENTS = {
    "voice": {"voice": {"file_id": "x", "duration": 3}},
    "sticker": {"sticker": {"file_id": "x", "emoji": "😀", "is_animated": True}},
    "video as a file": {"document": {"file_id": "x", "mime_type": "video/mp4"}},
    "location": {"location": {"latitude": 1.0, "longitude": 2.0}},
    "contact": {"contact": {"phone_number": "1", "first_name": "x"}},
    "poll": {"poll": {"id": "1", "question": "?"}},
    "video note": {"video_note": {"file_id": "x"}},
    "photo of no size": {"photo": [{}], "forward_origin": {"type": "hidden_user"}},
}
SILENT = {
    "nothing": {},
    "pinned": {"pinned_message": {"message_id": 1}},
    "timer": {"message_auto_delete_timer_changed": {"message_auto_delete_time": 5}},
}


def test_what_is_no_text_gets_a_line_and_what_is_no_message_none(bot, telegram, lmstudio):
    """A voice note would be passed over in silence, or a pinned message be answered."""
    contents = {2000 + n: extra for n, extra in enumerate(CONTENTS.values())}
    silent = {3000 + n: extra for n, extra in enumerate(SILENT.values())}
    chats = ", ".join(map(str, [*contents, *silent]))
    running = bot(telegram_keys=f"allowed_chat_ids = {chats}")
    for chat, extra in {**silent, **contents}.items():
        telegram.say(chat, "", **extra)
    for chat in contents:
        telegram.wait_for_text(chat, UNREADABLE)
    assert [telegram.screen(chat) for chat in silent] == [[]] * len(silent)
    assert lmstudio.chats == []
    assert "Traceback" not in running.log


def test_a_caption_is_answered_like_a_text(bot, telegram, lmstudio):
    """A question below a picture would not be answered."""
    lmstudio.behave(echo)
    running = bot(telegram_keys=ALLOWED)
    telegram.attach(OWNER, "/help")
    telegram.wait_for_text(OWNER, "What I can do")
    question = telegram.attach(OWNER, "is that a flag?", voice={"file_id": "x"})
    telegram.wait_for_text(OWNER, "is that a flag?\n\n💡")
    telegram.edit_said(OWNER, question, "is that a wedge?")
    telegram.wait_for_text(OWNER, "is that a wedge?\n\n💡")
    telegram.attach(GROUP, "look at that", user_id=ANN)
    telegram.attach(GROUP, "@engram_test_bot and that?", user_id=ANN)
    telegram.wait_for_text(GROUP, "cannot look at pictures")
    assert [text.partition("\n")[0] for text in asked(lmstudio)] == [
        "is that a flag?",
        "is that a wedge?",
        "and that?",
    ]
    assert "Traceback" not in running.log


def test_a_forwarded_text_is_a_question(bot, telegram, lmstudio):
    """A person who forwards the news to the bot would get nothing."""
    lmstudio.behave(Answer("It is old news."))
    bot()
    telegram.say(OWNER, "Bitcoin falls!", forward_origin={"type": "hidden_user"})
    telegram.wait_for_text(OWNER, "It is old news.")


@pytest.mark.covered
def test_an_edit_of_the_last_question_asks_again_and_of_an_older_one_does_not(
    bot, telegram, lmstudio
):
    """A typing error would have to be asked anew, or an old edit would upset the conversation."""
    lmstudio.behave(echo)
    running = bot()
    old, _ = ask(telegram, "one")
    last, _ = ask(telegram, "two")
    telegram.edit_said(OWNER, old, "one, edited")
    telegram.edit_said(OWNER, last, "two, edited")
    telegram.wait_for_text(OWNER, "two, edited\n\n💡")
    assert asked(lmstudio) == ["one", "two", "two, edited"]
    first, _, again = (chat.body.get("previous_response_id") for chat in lmstudio.chats)
    assert first is None
    assert lmstudio.thread(again) == lmstudio.thread(lmstudio.chats[1].body["previous_response_id"])
    ask(telegram, "three")
    assert "Traceback" not in running.log


def test_an_edit_while_the_answer_is_made_takes_its_place(bot, telegram, lmstudio):
    """The model would go on answering what nobody asks any more."""
    lmstudio.behave(Answer("word " * 700, delay_between=0.1), echo)
    running = bot()
    question = telegram.say(OWNER, "one")
    telegram.wait_for_text(OWNER, "word")
    telegram.edit_said(OWNER, question, "one, edited")
    telegram.wait_for_text(OWNER, "one, edited\n\n💡")
    assert telegram.wait_for_text(OWNER, "⏹ Stopped.")
    assert len(telegram.screen(OWNER)) == 2
    assert "Traceback" not in running.log


# Groups


def test_a_group_is_answered_where_and_when_it_asks(bot, telegram, lmstudio):
    """The bot would talk into every conversation, or in another topic than asked."""
    lmstudio.behave(echo)
    running = bot(telegram_keys=ALLOWED)
    telegram.say(GROUP, "what do you all think?", thread_id=TOPIC)
    question = telegram.say(GROUP, "@engram_test_bot and you?", thread_id=TOPIC, user_id=ANN)
    answer = telegram.wait_for_text(GROUP, "and you?\n\n💡")
    assert (answer.reply_to, answer.thread_id) == (question, TOPIC)
    follow_up = telegram.say(
        GROUP, "why?", thread_id=TOPIC, user_id=BEN, reply_to=answer.message_id
    )
    answer = telegram.wait_for_text(GROUP, "why?\n\n💡", timeout=20)
    assert (answer.reply_to, answer.thread_id) == (follow_up, TOPIC)
    command = telegram.say(GROUP, "/help@engram_test_bot", user_id=ANN)
    shown = telegram.wait_for_text(GROUP, "What I can do", timeout=20)
    assert (shown.reply_to, shown.thread_id) == (command, None)
    assert asked(lmstudio) == ["and you?", "why?"]
    assert "Traceback" not in running.log


def test_a_mention_without_a_question_gets_an_answer(bot, telegram, lmstudio):
    """Whoever calls the bot to see whether it is there would hear nothing."""
    bot(telegram_keys=ALLOWED)
    question = telegram.say(GROUP, "@engram_test_bot", user_id=ANN)
    shown = telegram.wait_for(lambda: telegram.screen(GROUP))[0]
    assert shown.reply_to == question
    assert "👋" in telegram.wait_for_text(GROUP, "I'm Engram").text


@pytest.mark.covered
@restarts
def test_buttons_are_for_whoever_asked_also_after_a_restart(bot, telegram, lmstudio, market):
    """One person would change another one's chart, or old charts be dead after an update."""
    lmstudio.behave(Answer("Up."))
    running = bot(after=market, telegram_keys=ALLOWED)
    telegram.say(GROUP, "/analyze BTC 4h", user_id=ANN)
    panel = telegram.wait_for_text(GROUP, "📊 Market Analysis for BTC/USDT")
    telegram.wait_for_text(GROUP, "Up.", timeout=20)
    button = dict(panel.buttons)["15m"]
    callback = telegram.press(GROUP, panel.message_id, button, user_id=BEN)
    assert answered(telegram, callback).startswith("These buttons belong to somebody else")
    assert running.stop() == 0
    running = bot(after=market, telegram_keys=ALLOWED)
    callback = telegram.press(GROUP, panel.message_id, button, user_id=ANN)
    assert answered(telegram, callback) is None
    changed = telegram.wait_for_text(GROUP, "BTC/USDT · 15m · Binance", timeout=20)
    assert changed.message_id == panel.message_id
    callback = telegram.press(GROUP, panel.message_id, "/new", user_id=ANN)
    assert answered(telegram, callback) == "I don't know this button."
    assert "Traceback" not in running.log


# Conversation


@restarts
def test_a_conversation_goes_on_after_a_restart(bot, telegram, lmstudio):
    """After an update the bot would have forgotten everybody."""
    lmstudio.behave(echo)
    running = bot()
    ask(telegram, "one")
    assert running.stop() == 0
    bot()
    ask(telegram, "two")
    first = lmstudio.chats[1].body["previous_response_id"]
    assert [text for role, text in lmstudio.thread(first) if role == "user"] == ["one"]
    assert asked(lmstudio) == ["one", "two"]


def test_what_the_server_has_forgotten_is_told_again(bot, telegram, lmstudio):
    """After a restart of LM Studio a follow-up question would make no sense."""
    lmstudio.behave(Answer("Forty-two."), Answer("Because."))
    running = bot()
    ask(telegram, "the answer?", "Forty-two.")
    lmstudio.forget()
    ask(telegram, "why?", "Because.")
    *_, last = asked(lmstudio)
    assert "Person: the answer?\nYou: Forty-two." in last
    assert last.endswith("why?")
    assert "previous_response_id" not in lmstudio.chats[-1].body
    assert "Traceback" not in running.log


def test_after_a_fallback_answer_the_model_knows_it(bot, telegram, lmstudio):
    """The model would contradict what the rules have just said."""
    lmstudio.behave(Answer("One."), Answer("Three."))
    running = bot()
    ask(telegram, "first", "One.")
    lmstudio.stop()
    ask(telegram, "thank you", "You're welcome!")
    lmstudio.start()
    running.wait_for(f"LM Studio at {lmstudio.url} is reachable")
    ask(telegram, "third", "Three.")
    last = lmstudio.chats[-1].body
    assert "Person: thank you\nYou: You're welcome!" in last["input"]
    assert "first" not in last["input"]
    assert last["previous_response_id"].startswith("resp_")


def test_new_forgets(bot, telegram, lmstudio):
    """A person could never begin another subject."""
    lmstudio.behave(echo)
    bot()
    ask(telegram, "my secret")
    ask(telegram, "/new", "Forgotten.")
    ask(telegram, "two")
    assert asked(lmstudio) == ["my secret", "two"]
    assert "previous_response_id" not in lmstudio.chats[-1].body


def test_what_was_forgotten_is_in_no_file(bot, telegram, lmstudio, tmp_path):
    """Whoever gets hold of the machine would read what somebody had sent /new for."""
    lmstudio.behave(Answer("Noted, SECRET-TWO."))
    running = bot()
    ask(telegram, "SECRET-ONE", "Noted")
    # Its row says so once nothing is left to do.
    assert b"SECRET-TWO" in files(tmp_path)
    ask(telegram, "/new", "Forgotten.")
    assert b"SECRET-TWO" not in files(tmp_path)
    assert running.stop() == 0
    assert b"SECRET" not in files(tmp_path)


def files(folder):
    """All that is in the files of `folder`, the log among them."""
    return b"".join(file.read_bytes() for file in folder.rglob("*") if file.is_file())


def test_a_reply_to_an_older_answer_goes_on_from_there(bot, telegram, lmstudio):
    """It would follow the latest answer, which may be about something else."""
    lmstudio.behave(echo)
    bot()
    _, first = ask(telegram, "one")
    ask(telegram, "two")
    ask(telegram, "three", reply_to=first)
    ask(telegram, "four")
    said = lmstudio.thread(lmstudio.chats[3].body["previous_response_id"])
    assert [text for role, text in said if role == "user"] == ["one", "three"]


@pytest.mark.covered
@restarts
def test_a_model_is_chosen_for_a_chat_and_kept(bot, telegram, lmstudio):
    """A person would have to choose again after each restart, or choose for everybody."""
    lmstudio.behave(echo)
    running = bot(telegram_keys=f"allowed_chat_ids = {ANN}")
    _, listed = ask(telegram, "/models", "Language models in LM Studio")
    shown = telegram.screen(OWNER)[0]
    assert "🟢 zai-org/glm-4.7-flash · 8B · Q4_K_M" in shown.text
    assert "⚪ qwen/qwen3-8b" in shown.text
    assert "embed" not in shown.text
    callback = telegram.press(OWNER, listed, dict(shown.buttons)["qwen3-8b"])
    changed = telegram.wait_for_text(OWNER, "qwen3-8b answers this chat from now on.")
    assert (changed.message_id, changed.buttons) == (listed, [])
    assert answered(telegram, callback) is None
    ask(telegram, "one", "Powered by LMStudio qwen3-8b")
    ask(telegram, "one", "Powered by LMStudio GLM-4.7-flash", chat=ANN)
    assert running.stop() == 0
    running = bot(telegram_keys=f"allowed_chat_ids = {ANN}")
    ask(telegram, "two", "two\n\n💡 Powered by LMStudio qwen3-8b")
    ask(telegram, "/models as configured", "GLM-4.7-flash answers this chat again")
    ask(telegram, "three", "three\n\n💡 Powered by LMStudio GLM-4.7-flash")
    assert "Traceback" not in running.log


def test_the_model_that_was_meant_answers(bot, telegram, lmstudio):
    """`/models qwen/qwen3-4b`, or its button, would have qwen3-4b-2507 answer."""
    long = "publisher/" + "x" * 50
    keys = ["qwen/qwen3-4b-2507", "qwen/qwen3-4b", f"{long}-a", f"{long}-b"]
    lmstudio.models.extend(model(key) for key in keys)
    lmstudio.behave(echo)
    bot()
    ask(telegram, "/models qwen/qwen3-4b", "qwen3-4b answers this chat from now on.")
    ask(telegram, "one", "Powered by LMStudio qwen3-4b")
    _, listed = ask(telegram, "/models", "Language models in LM Studio")
    labels = dict(next(one for one in telegram.screen(OWNER) if one.message_id == listed).buttons)
    telegram.press(OWNER, listed, labels[f"{'x' * 50}-b"])
    telegram.wait_for_text(OWNER, f"{'x' * 50}-b answers this chat from now on.")
    ask(telegram, "two", f"Powered by LMStudio {'x' * 50}-b")
    _, offered = ask(telegram, "/models qwen3-4", 'There is no model "qwen3-4".')
    shown = next(one for one in telegram.screen(OWNER) if one.message_id == offered)
    assert [label for label, _ in shown.buttons] == ["qwen3-4b-2507", "qwen3-4b"]
    assert [chat.body["model"] for chat in lmstudio.chats] == ["qwen/qwen3-4b", f"{long}-b"]


@pytest.mark.covered
def test_the_words_that_somebody_replies_to_are_told_to_the_model(bot, telegram, lmstudio):
    """The model would not know what "this" is, now or later in the conversation."""
    lmstudio.behave(echo)
    running = bot(telegram_keys=ALLOWED)
    claim = telegram.say(GROUP, "They will hit 100k", user_id=BEN)
    telegram.quote(GROUP, "@engram_test_bot is this true?", claim, user_id=ANN)
    answer = telegram.wait_for_text(GROUP, "is this true?\n\n💡")
    telegram.quote(GROUP, "and by when?", answer.message_id, "true", user_id=ANN)
    telegram.wait_for_text(GROUP, "and by when?\n\n💡", timeout=20)
    first, second = asked(lmstudio)
    assert first.endswith("> They will hit 100k\n\nis this true?")
    assert second.endswith("> true\n\nand by when?")
    lmstudio.forget()
    telegram.quote(GROUP, "so?", answer.message_id, user_id=ANN)
    telegram.wait_for_text(GROUP, "so?\n\n💡", timeout=20)
    assert "> They will hit 100k" in asked(lmstudio)[-1]
    assert "Traceback" not in running.log


def test_other_bots_commands_are_none_of_ours(bot, telegram, lmstudio):
    """Two bots would answer one command, or none would."""
    lmstudio.behave(echo)
    running = bot(telegram_keys=ALLOWED)
    for text in ("/price@other_bot BTC", "/weather", "/status@other_bot"):
        telegram.say(GROUP, text, user_id=ANN)
    telegram.say(GROUP, "/weather@engram_test_bot", user_id=ANN)
    telegram.wait_for_text(GROUP, "I don't know that command")
    assert len(telegram.screen(GROUP)) == 1
    ask(telegram, "/help@other_bot", "What I can do")
    assert "Traceback" not in running.log


# The end, and the start after it


@restarts
@pytest.mark.parametrize("number", [signal.SIGTERM, KILL])
def test_an_answer_that_a_restart_interrupts_is_finished_in_its_place(
    bot, telegram, lmstudio, number
):
    """Half an answer would stand in the chat for ever, or the whole one twice."""
    lmstudio.behave(Answer("word " * 700, delay_between=0.1), Answer("The whole answer."))
    running = bot()
    telegram.say(OWNER, "one")
    # Once it was edited its id is known; a kill before that is the one case that is not promised.
    half = telegram.wait_for(lambda: next((m for m in telegram.screen(OWNER) if m.edits), None))
    telegram.say(OWNER, "two")
    telegram.wait_for(lambda: not telegram.pending)
    assert running.stop(number) == (0 if number == signal.SIGTERM else -number)
    lmstudio.wait_for(lambda: lmstudio.chats[0].disconnected_at)
    lmstudio.behave(Answer("The whole answer."), echo)
    running = bot()
    telegram.wait_for_text(OWNER, "two\n\n💡")
    first, second = telegram.screen(OWNER)
    assert first.message_id == half.message_id
    assert first.text.startswith("The whole answer.\n\n💡")
    assert second.text.startswith("two")
    assert (first.buttons, second.buttons) == ([], [])
    assert asked(lmstudio) == ["one", "one", "two"]
    assert "Traceback" not in running.log
    assert running.stop() == 0
    bot()
    ask(telegram, "three")
    assert len(telegram.screen(OWNER)) == 3


def test_an_emoji_that_was_cut_in_two_costs_nothing(bot, telegram, lmstudio):
    """A model that is stopped in the middle of a character would seem to have said nothing."""
    lmstudio.behave(Answer(deltas=("hi \ud83d", "\ude00 you \ud83d"), delay_between=1.0))
    running = bot()
    telegram.send_update(
        {"message": {"message_id": 99, "chat": {"id": OWNER, "type": "private"}, "text": "a\ud83d"}}
    )
    assert telegram.wait_for_text(OWNER, POWERED).text.startswith("hi 😀 you \ufffd")
    assert asked(lmstudio) == ["a\ufffd"]
    assert "Traceback" not in running.log
