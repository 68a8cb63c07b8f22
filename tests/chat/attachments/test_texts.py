import pytest

from engram.chat.attachments import texts
from engram.chat.attachments.child.refusals import Why
from engram.chat.attachments.isolated import Reply


@pytest.mark.parametrize("why", Why)
def test_every_reason_is_a_sentence_that_says_what_to_do(why):
    """A person would read a code, or nothing."""
    reply = Reply(why, {"seconds": 10, "kind": "HEIC"})
    for said in (
        texts.picture_refused(why, reply),
        texts.document_refused(why, reply, "a{b}.pdf"),
        texts.document_refused(why, reply, texts.UNNAMED),
    ):
        assert said[0].isupper() or said.startswith("a{b}.pdf")
        assert said.endswith((".", "?"))
        assert "Please" in said
        assert why.value.upper() not in said


def test_how_long_was_waited_is_said():
    """Nobody would know why nothing came."""
    reply = Reply(Why.SLOW, {"seconds": 10})
    assert texts.picture_refused(Why.SLOW, reply) == (
        "This picture took longer than 10 seconds to open, so I gave up. "
        "Please send a smaller one, or a screenshot of it."
    )
    assert texts.document_refused(Why.SLOW, reply, "a.pdf").startswith(
        "a.pdf took longer than 10 s"
    )
