"""One message of the outbox, in whatever form Telegram takes."""

from engram.core.events import Button
from engram.storage.outbox import DIGEST, WATCH
from tests.conftest import wait_until
from tests.telegram.unasked.conftest import ANN, GROUP, PNG, sent


def test_a_picture_has_a_caption_and_the_rest_follows(unasked, telegram):
    """A chart with a long panel would be refused, or its text be lost."""
    words = " ".join(["word"] * 500)
    unasked.add(words, kind=WATCH, picture=PNG, buttons=((Button("📈", "/open BTC/USDT 4h"),),))
    telegram.wait_for(lambda: len(telegram.screen(ANN)) == 2)
    first, second = telegram.screen(ANN)
    assert first.photo == PNG
    assert f"{first.caption} {second.text}" == words
    assert (first.buttons, len(second.buttons)) == ([], 1)
    wait_until(lambda: unasked.outbox.depth == 0, 10)
    assert unasked.outbox.picture(1) is None


def test_a_group_without_photos_gets_the_text(unasked, telegram):
    """A group that allows no photos would hear of no change of signal."""
    refused = "Bad Request: not enough rights to send photos to the chat"
    telegram.fail("sendPhoto", 400, refused, times=9)
    unasked.add("BUY", GROUP, kind=WATCH, picture=PNG)
    telegram.wait_for_text(GROUP, "BUY")
    assert sent(telegram, "sendPhoto") == 1


def test_buttons_that_are_refused_cost_no_alert(unasked, telegram):
    """An alert would be given up for the sake of a button below it."""
    telegram.fail("sendMessage", 400, "Bad Request: BUTTON_DATA_INVALID")
    unasked.add("BTC", buttons=((Button("🔁", "/again 7"),),))
    telegram.wait_for_text(ANN, "BTC")
    assert telegram.screen(ANN)[0].buttons == []


def test_topics_get_what_is_theirs_and_the_chat_what_is_of_a_topic_that_is_gone(unasked, telegram):
    """An alert would be said where nobody looks for it, or not at all."""
    for topic in (7, 8):
        telegram.say(GROUP, "hi", thread_id=topic)
    unasked.add("in the topic", f"{GROUP}/7")
    telegram.wait_for_text(GROUP, "in the topic")
    (call,) = [call for call in telegram.calls if call.method == "sendMessage"]
    assert int(call.params["message_thread_id"]) == 7
    telegram.delete_topic(GROUP, 8)
    unasked.add("in the chat", f"{GROUP}/8")
    telegram.wait_for_text(GROUP, "in the chat")
    last = [call for call in telegram.calls if call.method == "sendMessage"][-1]
    assert not last.params.get("message_thread_id")


def test_an_alert_is_sent_until_telegram_says_that_it_is_there(make, telegram, rests):
    """An alert whose replies are lost would count as told while nobody has it."""
    unasked = make()
    telegram.fail_raw("sendMessage", "reset", times=5)
    unasked.delivery.start()
    unasked.add()
    telegram.wait_for_text(ANN, "BTC above 100", timeout=30)
    # Twice at once, and then with doubling waits.
    assert rests == [1, 60, 120, 240, 480]
    wait_until(lambda: unasked.outbox.depth == 0, 10)


def test_anything_else_is_there_no_third_time(make, telegram, rests):
    """Somebody would get one digest again and again while replies are lost."""
    unasked = make()
    telegram.fail_raw("sendMessage", "reply_lost", times=99, chat_id=ANN)
    unasked.delivery.start()
    unasked.add("digest", kind=DIGEST)
    wait_until(lambda: unasked.outbox.depth == 0, 30)
    assert telegram.texts(ANN) == ["digest", "digest"]


def test_what_was_being_sent_when_the_process_ended_is_sent_once_more(make, telegram):
    """An alert would be lost in the moment of sending, or come again after each restart."""
    first = make()
    first.add("alert")
    first.outbox.sending(1)
    first.add("digest", kind=DIGEST)
    first.outbox.sending(2)
    first.end()
    telegram.fail_raw("sendMessage", "reply_lost", times=99)
    second = make()
    second.delivery.start()
    telegram.wait_for(lambda: telegram.texts(ANN) == ["alert"])
    second.end()
    third = make()
    telegram._scripts.clear()
    telegram.fail_raw("sendMessage", "reply_lost", times=2, chat_id=ANN)
    third.store.write("UPDATE outbox SET state = 'sent' WHERE number = 1")
    third.delivery.start()
    wait_until(lambda: third.outbox.depth == 0, 30)
    assert telegram.texts(ANN) == ["alert", "digest"]


def test_of_a_long_message_no_part_is_sent_again(make, telegram):
    """After a restart somebody would get a chart a second time with the rest of its text."""
    first = make()
    words = " ".join(["word"] * 500)
    first.add(words, kind=WATCH, picture=PNG)
    first.outbox.sending(1, [17])
    first.end()
    second = make()
    second.delivery.start()
    telegram.wait_for(lambda: telegram.screen(ANN))
    (shown,) = telegram.screen(ANN)
    assert not shown.photo
    wait_until(lambda: second.outbox.depth == 0, 10)
    kept = second.store.value("SELECT messages FROM outbox", default="")
    assert kept == f"[17, {shown.message_id}]"
