"""A model that does not come to an end floods nobody: `launcher.py` as a process, and what is seen.

The pace in a chat is Telegram's here: a stop comes while messages wait for their turn.
"""

import signal
import time

import pytest

from engram.chat.texts import REPEATS, STOPPED, STOPPING
from engram.telegram.screen.ending import MESSAGES
from engram.telegram.texts import WHOLE_IN_FILE
from tests.babble import babble
from tests.conftest import OWNER
from tests.doubles.lmstudio import Answer, Loop
from tests.doubles.telegram_rules import NOT_MODIFIED
from tests.machine_speed import exit_code

POWERED = "Powered by LMStudio"
BABBLE = "".join(babble(60_000))


def answers(telegram):
    """The messages on screen, without replies to /stop."""
    return [one for one in telegram.screen(OWNER) if one.text != STOPPING]


@pytest.mark.parametrize(
    "loop",
    [
        Loop("1. ", times=1000, between=0),
        Loop("1. ", times=2500, between=0),
        Loop("\\(", "It is up.\n\n", between=0),
        Loop("{n}. Buy the dip.\n", "It is up.\n\n", between=0),
        Loop("> > - ", "It is up.\n\n", between=0),
    ],
    ids=lambda loop: f"{loop.piece.strip()} x {loop.times}",
)
def test_a_model_in_a_loop_sends_one_message(bot, telegram, lmstudio, loop):
    """286 messages would come of a thousand "1. ", and the process would need gigabytes."""
    lmstudio.behave(loop)
    bot()
    telegram.say(OWNER, "hello")
    shown = telegram.wait_for_text(OWNER, POWERED, timeout=30)
    assert telegram.screen(OWNER) == [shown]
    assert REPEATS in shown.text
    assert len(shown.text) < 1000
    # A short one may have been written to its end before anybody could read it.
    assert loop.times or lmstudio.wait_for(lambda: lmstudio.chats[-1].disconnected_at)


def test_a_model_that_babbles_sends_five_messages_and_a_file(bot, telegram, lmstudio):
    """Sixteen messages would come, or the text would be cut and lost."""
    lmstudio.behave(Answer(BABBLE))
    bot()
    telegram.say(OWNER, "hello")
    file = telegram.wait_for(
        lambda: next((one for one in telegram.screen(OWNER) if one.document), None), timeout=60
    )
    *shown, last = telegram.screen(OWNER)
    assert last == file
    assert len(shown) == MESSAGES
    assert shown[-1].text.splitlines()[-1] == WHOLE_IN_FILE
    assert POWERED in shown[-1].text
    assert file.document.decode().startswith(BABBLE.strip())


@pytest.mark.parametrize("kill", [False, True])
def test_after_a_stop_nothing_more_comes_not_even_after_a_restart(bot, telegram, lmstudio, kill):
    """ "Stopped" would be said, and message after message would follow."""
    lmstudio.behave(Answer(BABBLE))
    running = bot("", telegram_keys="stream = off")
    telegram.say(OWNER, "hello")
    telegram.wait_for(lambda: len(telegram.screen(OWNER)) >= 2, timeout=30)
    telegram.say(OWNER, "/stop")
    telegram.wait_for(lambda: any(one.text == STOPPING for one in telegram.screen(OWNER)))
    if kill:
        running.process.kill()
        exit_code(running.process, 10)
    else:
        telegram.wait_for_text(OWNER, STOPPED)
        assert running.stop(signal.SIGTERM) == 0
    sent = len(answers(telegram))
    assert sent < MESSAGES
    running.start()
    telegram.wait_for(lambda: answers(telegram)[-1].text.endswith(STOPPED), timeout=30)
    # What must not come has no other end than time.
    time.sleep(2)
    assert len(answers(telegram)) <= sent
    assert len(lmstudio.chats) == 1
    assert not any(one.document for one in telegram.screen(OWNER))
    # After a crash nobody knows what the messages say, which may be the same.
    telegram.violations[:] = [one for one in telegram.violations if NOT_MODIFIED not in one]


@pytest.mark.parametrize("text", ["\u200b", "\u200d\u2060 \n" * 300])
def test_an_answer_of_which_nothing_can_be_seen_costs_nobody_ten_minutes(
    bot, telegram, lmstudio, text
):
    """Telegram refuses such a message, and the next responder would be asked much later."""
    lmstudio.behave(Answer(text))
    bot()
    telegram.say(OWNER, "hello")
    telegram.wait_for_text(OWNER, "Note:")
    assert len(telegram.screen(OWNER)) == 1


def test_in_the_terminal_the_whole_text_is_printed(launcher, lmstudio):
    """The end of a long answer would be nowhere."""
    lmstudio.behave(Answer(BABBLE))
    asked = launcher(f"[market]\nexchange =\n[lmstudio]\nurl = {lmstudio.url}\n")
    asked.start("--ask", "hello")
    assert exit_code(asked.process, 30) == 0
    asked.wait_for(POWERED)
    assert BABBLE.strip() in asked.output
