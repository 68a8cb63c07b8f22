"""Pictures and files from people in Telegram, with `launcher.py` as a process."""

from __future__ import annotations

import io
import sqlite3
import time
from contextlib import closing

import pytest

from engram.chat.sent.words import WHAT_IS_SHOWN
from engram.telegram import texts
from tests.conftest import OWNER, wait_until
from tests.doubles.lmstudio import Answer, model
from tests.doubles.pictures import seen
from tests.doubles.telegram import TOKEN
from tests.doubles.telegram_files import LARGEST, plain_picture
from tests.machine_speed import exit_code

pytestmark = pytest.mark.unpaced

GROUP = -100200300
ANN, BEN = 51, 52
ALLOWED = f"allowed_chat_ids = {GROUP}"
NAME = "@engram_test_bot"
EYES = "zai-org/glm-4.7-flash"
SECRET = TOKEN.partition(":")[2]


@pytest.fixture
def telegram(twice_edited_telegram):
    """Telegram; a process that was killed may leave what its successor edits to the same."""
    return twice_edited_telegram


@pytest.fixture
def eyes(lmstudio):
    """An LM Studio whose model can look, and says what it was asked."""
    lmstudio.models = [model(EYES, loaded=True, vision=True)]
    lmstudio.behave(looks)
    return lmstudio


def looks(exchange):
    """A model that says how many pictures it sees, and what it is asked about them."""
    pictures, words = parts(exchange.body)
    text = f"I see {len(pictures)}. You say: {words[-400:]}"
    exchange.event("chat.start", model_instance_id=exchange.model)
    exchange.event("message.delta", content=text)
    exchange.end([{"type": "message", "content": text}])


def parts(body):
    """The pictures of a request and its words."""
    given = body["input"]
    if isinstance(given, str):
        return [], given
    pictures = [item["data_url"] for item in given if item["type"] == "image"]
    return pictures, "\n".join(item["content"] for item in given if item["type"] == "text")


def asked(lmstudio):
    """What the model was asked: the widths of the pictures, and the words."""
    bodies = [parts(chat.body) for chat in lmstudio.chats]
    return [([seen(one).width for one in pictures], words) for pictures, words in bodies]


def downloads(telegram):
    """How often a file was asked for."""
    return sum(call.method in ("getFile", "file") for call in telegram.calls)


def wide(width, number=0):
    """A picture that is known by its width."""
    return plain_picture(number, width, 48)


def unfinished(launcher):
    """How many updates wait for their answers in the store of a bot."""
    with closing(sqlite3.connect(launcher.folder / "engram.db")) as db:
        return db.execute("SELECT count(*) FROM inbox WHERE state <> 'sent'").fetchone()[0]


def test_a_picture_is_looked_at_however_it_is_sent(bot, telegram, eyes):
    """A chart would get "I can read text only", or a model get what it cannot decode."""
    running = bot()
    telegram.send_photo(OWNER, wide(2000), "what is that?")
    telegram.wait_for_text(OWNER, "I see 1. You say: what is that?")
    telegram.send_file(OWNER, wide(300), "and that?", name="chart.png")
    telegram.wait_for_text(OWNER, "I see 1. You say: and that?")
    telegram.send_sticker(OWNER)
    telegram.wait_for(lambda: len(telegram.screen(OWNER)) == 3)
    telegram.say(OWNER, "thank you for all of that")
    telegram.wait_for_text(OWNER, "I see 0.")
    widths = [widths for widths, _ in asked(eyes)]
    assert widths == [[1568], [300], [512], []]
    assert asked(eyes)[2][1].startswith(WHAT_IS_SHOWN)
    assert "Traceback" not in running.log


def test_of_an_album_the_first_four_are_looked_at_in_their_order(bot, telegram, eyes):
    """Ten pictures would be ten questions, or be compared in the wrong order."""
    bot()
    with telegram.changed:
        for number in range(6):
            caption = "compare them" if number == 2 else ""
            telegram.send_photo(OWNER, wide(100 + number), caption, media_group_id="9")
    telegram.wait_for_text(OWNER, "I looked at the first 4 only")
    assert [widths for widths, _ in asked(eyes)] == [[100, 101, 102, 103]]
    assert len(telegram.screen(OWNER)) == 1


def test_the_words_that_follow_a_picture_are_its_question(bot, telegram, eyes):
    """The picture would be described, and the question be asked about nothing."""
    running = bot()
    with telegram.changed:
        telegram.send_photo(OWNER, wide(100))
        telegram.say(OWNER, "is that a flag?")
    telegram.wait_for_text(OWNER, "You say: is that a flag?")
    with telegram.changed:
        for number in range(2):
            telegram.send_photo(OWNER, wide(200 + number), media_group_id="9")
        question = telegram.say(OWNER, "and these?")
    telegram.wait_for_text(OWNER, "I see 2. You say: and these?")
    # An edit of the question is about the same pictures.
    telegram.edit_said(OWNER, question, "and these two?")
    telegram.wait_for_text(OWNER, "I see 2. You say: and these two?")
    assert [widths for widths, _ in asked(eyes)] == [[100], [200, 201], [200, 201]]
    wait_until(lambda: not unfinished(running), 10)


def test_an_edit_of_a_caption_or_of_the_picture_asks_again(bot, telegram, eyes):
    """Whoever sent the wrong picture could not put the right one in its place."""
    bot()
    said = telegram.send_photo(OWNER, wide(100), "is that a flat?")
    telegram.wait_for_text(OWNER, "is that a flat?")
    telegram.edit_said(OWNER, said, "is that a flag?")
    telegram.wait_for_text(OWNER, "is that a flag?")
    telegram.react(OWNER, said)
    telegram.replace_photo(OWNER, said, wide(101))
    telegram.wait_for(lambda: len(eyes.chats) == 3)
    telegram.react(OWNER, said)
    telegram.say(OWNER, "thank you for all of that")
    telegram.wait_for_text(OWNER, "I see 0.")
    assert [widths for widths, _ in asked(eyes)] == [[100], [100], [101], []]


def test_in_a_group_only_pictures_that_the_bot_is_asked_about_are_downloaded(bot, telegram, eyes):
    """The bot would look at everything that a group shows to itself."""
    running = bot(telegram_keys=ALLOWED)
    theirs = telegram.send_photo(GROUP, wide(100), "look at that", user_id=ANN)
    telegram.send_photo(GROUP, wide(101), user_id=BEN)
    telegram.send_album(GROUP, ["", "ours"], user_id=ANN)
    telegram.send_file(GROUP, b"1,2", "mine", name="trades.csv", user_id=BEN)
    telegram.say(GROUP, f"{NAME} /help", user_id=ANN)
    telegram.wait_for_text(GROUP, "What I can do")
    wait_until(lambda: not unfinished(running), 10)
    assert downloads(telegram) == 0
    telegram.quote(GROUP, f"{NAME} is he right?", theirs, user_id=BEN)
    telegram.wait_for_text(GROUP, "I see 1.")
    telegram.send_photo(GROUP, wide(102), f"{NAME} and that?", user_id=ANN)
    answer = telegram.wait_for_text(GROUP, "I see 1. You say: and that?").message_id
    telegram.send_photo(GROUP, wide(103), "and now?", user_id=ANN, reply_to=answer)
    telegram.wait_for_text(GROUP, "I see 1. You say: and now?")
    assert [widths for widths, _ in asked(eyes)] == [[100], [102], [103]]
    assert downloads(telegram) == 6


def test_a_model_that_can_look_is_chosen_below_an_answer_which_stays(bot, telegram, eyes):
    """The answer to the words would be lost, and the picture have to be sent once more."""
    eyes.models = [model("qwen/blind", loaded=True), model(EYES, loaded=True, vision=True)]
    bot("model = qwen/blind")
    telegram.send_photo(OWNER, wide(100), "is that a flag?")
    answer = telegram.wait_for_text(OWNER, "choose it below, and ask again")
    telegram.press(OWNER, answer.message_id, dict(answer.buttons)["👁 glm-4.7-flash"])
    telegram.wait_for_text(OWNER, "glm-4.7-flash answers this chat from now on.")
    telegram.say(OWNER, "so is it a flag?")
    telegram.wait_for_text(OWNER, "I see 1. You say: so is it a flag?")
    assert "You say: is that a flag?" in (telegram.screen(OWNER)[0].text or "")


def test_what_telegram_does_not_give_is_told_and_the_question_answered(bot, telegram, eyes):
    """A file of 25 MB would get no answer, and neither would the question below it."""
    running = bot("", "[logging]\nlevel = DEBUG\n")
    telegram.send_file(OWNER, wide(100), "what is it?", name="chart.png", size=LARGEST + 1)
    telegram.wait_for_text(OWNER, texts.FILE_OVER_TELEGRAM)
    telegram.wait_for_text(OWNER, "I see 0. You say: what is it?")
    for behaviour in ("html502", "reset"):
        telegram.fail_raw("file", behaviour)
    telegram.fail_raw("getFile", "reply_lost")
    telegram.send_photo(OWNER, wide(101), "and that?")
    telegram.wait_for_text(OWNER, "I see 1. You say: and that?")
    telegram.fail("getFile", 400, "Bad Request: invalid file_id")
    telegram.send_photo(OWNER, wide(102))
    telegram.wait_for_text(OWNER, texts.FILE_GONE)
    telegram.send_photo(OWNER, b"no picture")
    telegram.wait_for_text(OWNER, "I cannot open this")
    assert SECRET not in running.log + running.output
    assert "Traceback" not in running.log
    assert [widths for widths, _ in asked(eyes)] == [[], [101]]


def test_while_downloads_hang_all_others_are_answered(bot, telegram, eyes):
    """One sleepy server of files would silence the bot for everybody."""
    chats = [2000 + number for number in range(12)]
    running = bot(telegram_keys=f"allowed_chat_ids = 7, {', '.join(map(str, chats))}")
    telegram.fail_raw("file", "hang", times=99)
    for chat in chats:
        telegram.send_photo(chat, wide(100), "what is it?")
    telegram.wait_for(lambda: sum(call.method == "file" for call in telegram.calls) >= 4)
    began = time.monotonic()
    telegram.say(7, "are you there?")
    telegram.wait_for_text(7, "You say: are you there?", 5)
    telegram.say(7, "/status")
    telegram.wait_for_text(7, "Waiting messages", 5)
    # Whoever waits for a download that hangs can end it.
    telegram.say(chats[0], "/stop")
    telegram.wait_for_text(chats[0], "Stopped", 5)
    assert time.monotonic() - began < 30
    for chat in chats:
        telegram.say(chat, "/stop")
    wait_until(lambda: not unfinished(running), 20)
    assert "Traceback" not in running.log


MOMENTS = {
    "it waits for its question": lambda telegram, _eyes: telegram.pending == 0,
    "it is downloaded": lambda telegram, _eyes: downloads(telegram),
    "it is answered": lambda _telegram, eyes: eyes.chats,
}


@pytest.mark.parametrize("moment", MOMENTS)
def test_a_picture_is_looked_at_whenever_the_bot_is_killed(bot, telegram, eyes, moment):
    """A crash would cost the picture, or have it described without its question."""
    slow = Answer("word " * 100, delay_between=0.1)
    eyes.behave(*([slow] if moment == "it is answered" else []), looks)
    if moment == "it is downloaded":
        telegram.fail_raw("file", "hang")
    running = bot()
    with telegram.changed:
        telegram.send_photo(OWNER, wide(100))
        # It is long, so that its next piece is waited for.
        telegram.say(OWNER, "is that a flag? " * 250 + "Say so!")
    wait_until(lambda: telegram.pending == 0 and unfinished(running) == 2, 10)
    wait_until(lambda: MOMENTS[moment](telegram, eyes), 20)
    running.process.kill()
    exit_code(running.process, 10)
    running = bot()
    telegram.wait_for_text(OWNER, "I see 1.")
    wait_until(lambda: not unfinished(running), 20)
    assert {tuple(widths) for widths, _ in asked(eyes)} == {(100,)}
    assert all(words.startswith("is that a flag?") for _, words in asked(eyes))
    assert len(telegram.screen(OWNER)) == 1


def test_after_a_restart_an_earlier_picture_is_there_for_a_new_thread(bot, telegram, eyes):
    """A follow-up would be about a picture that nobody can see any more."""
    running = bot()
    telegram.send_photo(OWNER, wide(100), "is that a flag?")
    telegram.wait_for_text(OWNER, "is that a flag?")
    wait_until(lambda: not unfinished(running), 10)
    assert running.stop() == 0
    eyes.forget()
    bot()
    telegram.say(OWNER, "how long is its pole, in candles?")
    telegram.wait_for_text(OWNER, "how long is its pole")
    assert asked(eyes)[-1][0] == [100]
    assert downloads(telegram) == 4


def test_while_earlier_pictures_hang_all_others_are_answered(bot, telegram, eyes):
    """After a restart those who go on about a picture would keep everybody from the model."""
    chats = [2000 + number for number in range(6)]
    allowed = f"allowed_chat_ids = 7, {', '.join(map(str, chats))}"
    running = bot(telegram_keys=allowed)
    for chat in chats:
        telegram.send_photo(chat, wide(100), "is that a flag?")
        telegram.wait_for_text(chat, "is that a flag?")
    wait_until(lambda: not unfinished(running), 10)
    assert running.stop() == 0
    eyes.forget()
    running = bot(telegram_keys=allowed)
    telegram.fail_raw("file", "hang", times=99)
    for chat in chats:
        telegram.say(chat, "how long is its pole?")
    telegram.wait_for(lambda: sum(call.method == "file" for call in telegram.calls) >= 12)
    telegram.say(7, "are you there?")
    telegram.wait_for_text(7, "You say: are you there?", 5)
    for chat in chats:
        telegram.say(chat, "/stop")
        telegram.wait_for_text(chat, "Stopped", 5)
    wait_until(lambda: not unfinished(running), 20)
    assert "Traceback" not in running.log


def test_a_file_is_part_of_its_question(bot, telegram, eyes):
    """Whoever sends his trades would be told that nobody can read them."""
    bot()
    rows = "".join(f"2026-01-{day:02},BTC,{90_000 + day}\n" for day in range(1, 29))
    trades = f"day,market,price\n{rows}".encode()
    telegram.send_file(OWNER, trades, "which trade was best?", name="trades.csv")
    telegram.wait_for_text(OWNER, "I see 0.")
    ((_, words),) = asked(eyes)
    assert words.startswith("which trade was best?")
    assert "trades.csv" in words
    assert "90001" in words.replace(",", "")


def test_a_bot_api_server_on_the_same_machine_names_files_by_paths(bot, telegram, eyes, tmp_path):
    """Whoever runs a server with --local could send no pictures."""
    telegram.files.local = tmp_path / TOKEN.replace(":", "~")
    running = bot("", "[logging]\nlevel = DEBUG\n")
    telegram.send_photo(OWNER, wide(100), "what is it?")
    telegram.wait_for_text(OWNER, "I see 1. You say: what is it?")
    telegram.files.local = tmp_path / "elsewhere"
    telegram.send_photo(OWNER, wide(101), "and that?")
    telegram.wait_for_text(OWNER, texts.FILE_OUT_OF_REACH)
    assert "outside of the folder of this bot" in running.log
    assert SECRET not in running.log


def rotated():
    """A picture that a phone has taken upright, and kept lying."""
    from PIL import Image

    kept = io.BytesIO()
    exif = Image.Exif()
    exif[0x0112] = 6
    Image.new("RGB", (300, 200), "navy").save(kept, "JPEG", exif=exif)
    return kept.getvalue()


def test_a_picture_from_a_phone_is_turned_upright(bot, telegram, eyes):
    """A model would read a chart that lies on its side."""
    bot()
    telegram.send_file(OWNER, rotated(), "what is it?", name="IMG_1.JPG")
    telegram.wait_for_text(OWNER, "I see 1.")
    assert asked(eyes)[0][0] == [200]
