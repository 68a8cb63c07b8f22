"""The end of an answer on screen: all of it, or what there is when somebody stops it."""

import pytest

from engram.chat.texts import STOPPED
from engram.core.events import Finished, Panel, TextDelta, TextFile
from engram.core.stop import Stop
from engram.telegram.screen.ending import MESSAGES
from engram.telegram.texts import WHOLE_IN_FILE
from tests.babble import babble
from tests.telegram.screen.conftest import a_job, show

CHAT = 5
NOTES = "**Powered** by LMStudio GLM"
LONG = f"{''.join(babble(60_000))}\n\n{NOTES}"


@pytest.fixture(autouse=True)
def quick(monkeypatch):
    """No waiting between two messages."""
    monkeypatch.setattr("engram.telegram.sending.turns.PRIVATE_PACE", (100, 0.01))


@pytest.fixture(autouse=True)
def known(telegram):
    """Someone has written, so that the chat is there."""
    telegram.say(CHAT, "hi")


def panel(text="📊 BTC"):
    return Panel("BTC/USDT", "4h", text, lambda: None)


def answer(text, **more):
    return Finished(text, "lmstudio", "GLM", markdown=True, **more)


@pytest.mark.parametrize("before", [[], [panel()], [panel("📊 BTC\n" * 1000)]])
def test_an_answer_has_five_messages_at_most_and_the_whole_of_it_is_a_file(
    egress, telegram, before
):
    """A model that does not come to an end would bury the chat."""
    show(egress, a_job(CHAT), *before, answer(LONG))
    *shown, file = telegram.screen(CHAT)
    assert len(shown) == MESSAGES
    assert file.document.decode() == LONG
    last = shown[-1]
    assert last.text.endswith(f"\n\nPowered by LMStudio GLM\n\n{WHOLE_IN_FILE}")
    assert last.text.splitlines()[-1].startswith("✂️")
    (bold,) = last.entities
    assert bold["offset"] == len(last.text[: last.text.index("Powered")].encode("utf-16-le")) // 2
    assert (telegram.errors, telegram.violations) == ([], [])


@pytest.mark.parametrize("text", ["1. " * 5000, "".join(f"{n}. x\n" for n in range(9000))])
def test_a_list_without_end_is_no_flood(egress, telegram, text):
    """286 messages would come of a thousand numbers of a list."""
    show(egress, a_job(CHAT), answer(text))
    assert len(telegram.screen(CHAT)) <= MESSAGES + 1


def test_an_answer_of_five_messages_is_whole_without_a_file(egress, telegram):
    """A file would follow that says nothing new."""
    show(egress, a_job(CHAT), answer("".join(babble(19_000))))
    assert len(telegram.screen(CHAT)) == MESSAGES
    assert "✂️" not in telegram.screen(CHAT)[-1].text


def test_a_text_that_is_no_markdown_is_a_file_of_text(egress, telegram):
    """It would be opened as what it is not."""
    show(egress, a_job(CHAT), Finished("x " * 20_000, "engram"))
    (call,) = [one for one in telegram.calls if one.method.lower() == "senddocument"]
    assert telegram.screen(CHAT)[-1].document.decode() == "x " * 20_000
    assert call.status == 200


def test_what_an_earlier_process_has_sent_is_used_again(egress, telegram):
    """After a crash the five messages and the file would be there twice."""
    job = a_job(CHAT)
    show(egress, job, answer(LONG))
    before = [one.message_id for one in telegram.screen(CHAT)]
    other = LONG.replace("square", "number")
    show(egress, a_job(CHAT, messages=job.messages), answer(other))
    assert [one.message_id for one in telegram.screen(CHAT)] == before
    assert telegram.screen(CHAT)[-1].document.decode() == other
    show(egress, a_job(CHAT, messages=job.messages), answer("Short."))
    assert [one.text for one in telegram.screen(CHAT)] == ["Short."]


class Stopping(Stop):
    """Requested once so many messages are on screen."""

    def __init__(self, telegram, after):
        super().__init__()
        self.telegram, self.after, self.at = telegram, after, None

    def check(self):
        if len(self.telegram.screen(CHAT)) >= self.after and not self.is_requested:
            self.at = len(self.telegram.screen(CHAT))
            self.request()
        super().check()


@pytest.mark.parametrize("after", [1, 3, 5])
def test_a_stop_ends_the_sending(egress, telegram, after):
    """ "Stopped" would be said, and message after message would follow."""
    job = a_job(CHAT)
    stop = Stopping(telegram, after)
    show(egress, job, answer(LONG, stop=stop))
    shown = telegram.screen(CHAT)
    assert len(shown) == after == stop.at
    assert shown[-1].text.endswith(f"\n\n{STOPPED}")
    assert not shown[-1].buttons
    # After a crash this is said again, and the model is not asked.
    assert job.reply.endswith(STOPPED)


def test_a_stop_before_the_first_word_leaves_nothing_but_that(egress, telegram):
    """The whole text would come, although nobody wants it any more."""
    stop = Stop()
    stop.request()
    show(egress, a_job(CHAT), answer(LONG, stop=stop))
    assert telegram.texts(CHAT) == [STOPPED]


def test_a_stop_is_noted_at_once(egress, telegram):
    """A crash between the stop and the next message would begin the answer again."""
    job = a_job(CHAT)
    noted = []

    class Watched(Stop):
        def check(self):
            if len(telegram.screen(CHAT)) == 2 and not self.is_requested:
                self.request()
                noted.append(job.reply)
            super().check()

    show(egress, job, answer(LONG, stop=Watched()))
    (reply,) = noted
    assert reply.endswith(STOPPED)


def test_an_answer_that_was_stopped_while_it_was_made_has_no_file(egress, telegram):
    """A file would follow that nobody wants."""
    show(egress, a_job(CHAT), TextDelta("so"), answer(f"{LONG}\n\n{STOPPED}", stopped=True))
    shown = telegram.screen(CHAT)
    assert len(shown) == MESSAGES
    assert shown[-1].text.count(STOPPED) == 1
    assert shown[-1].text.endswith(STOPPED)


@pytest.mark.parametrize("stopped", [False, True])
def test_a_file_follows_its_text(egress, telegram, stopped):
    """A person would read of a file that never comes, or get one after a stop."""
    file = TextFile("ledger.csv", "a,b\n1,2\n")
    show(egress, a_job(CHAT), Finished("📒 2", "engram", file=file, stopped=stopped))
    first, *files = telegram.screen(CHAT)
    assert first.text == "📒 2"
    assert [one.document.decode() for one in files] == ([] if stopped else [file.text])
    assert (telegram.errors, telegram.violations) == ([], [])
