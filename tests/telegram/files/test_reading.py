"""Which pictures and files a message brings."""

import pytest

from engram.core.attachments import Attachment
from engram.telegram.files.reading import NAME_LENGTH, NOTHING, Brought, brought, together

BOT = 99


def size(name, width, height, **more):
    return {"file_id": name, "file_unique_id": f"u-{name}", "width": width, "height": height} | more


SIZES = [size("s", 90, 60), size("x", 800, 533), size("y", 1280, 853)]
PHOTO = {"photo": SIZES}


def document(name="a.txt", kind="text/plain", **more):
    told = {"file_id": "d", "file_unique_id": "u-d", "file_name": name, "mime_type": kind, **more}
    return {"document": told}


def sticker(**more):
    kinds = {"is_animated": False, "is_video": False, **more}
    return {"sticker": {**size("k", 512, 512), **kinds}}


def attachments(message, *, has_words=True):
    return brought(message, BOT, has_words=has_words).attachments


@pytest.mark.parametrize(
    ("sizes", "ref"),
    [
        (SIZES, "y"),
        ([*SIZES, size("w", 2560, 1707)], "w"),
        ([*SIZES, size("v", 1568, 1045), size("w", 2560, 1707)], "v"),
        ([*SIZES, size("v", 1045, 1568), size("w", 1707, 2560)], "v"),
        (SIZES[::-1], "y"),
        ([{"file_id": "untold"}], "untold"),
        ([{"file_id": "odd", "width": "x", "height": None}, size("s", 90, 60)], "s"),
        ([size("", 2000, 2000), size("a b", 2000, 2000), "x", size("s", 90, 60)], "s"),
    ],
)
def test_of_a_photo_the_smallest_useful_size_is_taken(sizes, ref):
    """A model would get a thumbnail, or everybody would wait for pixels that no model is shown."""
    (found,) = attachments({"photo": sizes})
    assert (found.ref, found.name, found.is_picture) == (ref, "", True)


@pytest.mark.parametrize(
    ("message", "found"),
    [
        (
            document("trades.csv", "text/csv", file_size=12),
            Attachment("d", "trades.csv", 12, False),
        ),
        (document("a.pdf", "application/pdf"), Attachment("d", "a.pdf", 0, False)),
        (document("a.PNG", "image/png"), Attachment("d", "a.PNG", 0, True)),
        (document("a", "IMAGE/JPEG; q=1"), Attachment("d", "a", 0, True)),
        (document("a.svg", "image/svg+xml"), Attachment("d", "a.svg", 0, False)),
        (document("a.webp", "application/octet-stream"), Attachment("d", "a.webp", 0, True)),
        (document("a.jpeg", None), Attachment("d", "a.jpeg", 0, True)),
        (document("a.png", "text/plain"), Attachment("d", "a.png", 0, False)),
        (document(7, 7, file_size="x"), Attachment("d", "", 0, False)),
        (document(file_size=-1), Attachment("d", "a.txt", 0, False)),
        (sticker(file_size=9), Attachment("k", "", 9, True)),
        # A photo that moves for a moment: in replies from elsewhere it stands alone.
        ({"live_photo": {"file_id": "v", "photo": SIZES}}, Attachment("y", "", 0, True)),
    ],
)
def test_what_can_be_read_is_known_by_its_kind(message, found):
    """A file would be taken for a picture, or the other way round."""
    assert attachments(message) == (found,)


@pytest.mark.parametrize(
    "message",
    [
        {},
        {"voice": {"file_id": "v"}},
        {"video": {"file_id": "v"}, "thumbnail": SIZES[0]},
        # The document of an animation is there for bots that know no animations.
        {"animation": {"file_id": "a"}, **document("a.mp4", "video/mp4")},
        document("a.mp4", "video/mp4"),
        document("a.ogg", "audio/ogg"),
        sticker(is_animated=True),
        sticker(is_video=True),
        {"photo": []},
        {"photo": [{}]},
        {"photo": "x"},
        {"photo": {"file_id": "x"}},
        {"photo": [{"file_id": 7}]},
        {"photo": [{"file_id": "x" * 10_000}]},
        {"photo": [{"file_id": "x\ny"}]},
        {"document": "x"},
        {"document": {}},
        {"sticker": 7},
        {"live_photo": 7},
        {"reply_to_message": "x", "external_reply": 7},
        {"external_reply": {"origin": 7}},
        {"reply_to_message": {"from": 7, "photo": 7}},
    ],
)
def test_what_cannot_be_read_is_no_attachment(message):
    """A voice note would be downloaded for nothing, or an odd update stop the bot."""
    assert attachments(message) == ()


@pytest.mark.parametrize(
    ("name", "shown"),
    [
        ("../../etc/passwd", "passwd"),
        ("C:\\Users\\Ann\\a.csv", "a.csv"),
        ("a\nb\u202efdp.csv\x00", "a b fdp.csv"),
        ("x" * 300 + ".csv", "x" * (NAME_LENGTH // 2 - 1) + "…" + "x" * 36 + ".csv"),
        ("x" * 100_000, "x" * (NAME_LENGTH // 2 - 1) + "…" + "x" * (NAME_LENGTH // 2)),
        ("\ud83d.txt", "\ufffd.txt"),
        ("/", ""),
    ],
)
def test_a_name_is_one_line_without_folders(name, shown):
    """A name could pass for words of the bot, or fill a prompt."""
    (found,) = attachments(document(name))
    assert found.name == shown
    assert len(found.name) <= NAME_LENGTH


def by(number, **message):
    return {"from": {"id": number}, **message}


@pytest.mark.parametrize(
    ("message", "refs"),
    [
        ({"reply_to_message": by(5, **PHOTO)}, ["y"]),
        ({"reply_to_message": by(5, **document())}, ["d"]),
        ({"reply_to_message": by(5, **sticker())}, ["k"]),
        ({"reply_to_message": by(BOT, **PHOTO)}, []),
        ({"reply_to_message": by(5, voice={})}, []),
        ({"reply_to_message": by(5, **PHOTO), **document()}, ["d"]),
        ({"external_reply": {"origin": {"type": "channel"}, **PHOTO}}, ["y"]),
        ({"external_reply": {"origin": {"sender_user": {"id": 5}}, **PHOTO}}, ["y"]),
        ({"external_reply": {"origin": {"sender_user": {"id": BOT}}, **PHOTO}}, []),
        ({"external_reply": {"live_photo": {"photo": SIZES}}}, ["y"]),
    ],
)
def test_a_question_is_about_the_picture_that_it_replies_to(message, refs):
    """ "What is that?" in reply to a picture would be asked without it, or with the bot's own."""
    assert [one.ref for one in attachments(message)] == refs


def test_what_says_nothing_asks_nothing_of_what_it_replies_to():
    """A voice note in reply to a picture would have the picture described."""
    message = {"voice": {}, "reply_to_message": by(5, **PHOTO)}
    assert brought(message, BOT, has_words=False) == Brought(has_unread=True)


@pytest.mark.parametrize(
    ("message", "is_unread"),
    [
        (PHOTO, False),
        ({"voice": {}}, True),
        ({"video": {}, "reply_to_message": by(5, **PHOTO)}, True),
        ({"photo": [{}]}, True),
        (sticker(is_video=True), True),
        ({"pinned_message": {}}, False),
        ({"text": "hi"}, False),
    ],
)
def test_what_came_and_cannot_be_read_is_known(message, is_unread):
    """The model's guess at a video would be taken for what is on it."""
    assert brought(message, BOT, has_words=True).has_unread is is_unread


@pytest.mark.parametrize(
    ("message", "fingerprint"),
    [
        (PHOTO, "u-y"),
        (document(), "u-d"),
        (sticker(), "u-k"),
        ({"reply_to_message": by(5, **PHOTO)}, ""),
        ({"document": {"file_id": "d", "file_unique_id": 7}}, ""),
        ({"voice": {"file_unique_id": "v"}}, ""),
    ],
)
def test_a_file_is_told_from_others_by_what_never_changes(message, fingerprint):
    """Each reaction to a picture would ask about it again, or another picture would not."""
    assert brought(message, BOT, has_words=True).fingerprint == fingerprint


def test_what_one_message_brings_in_parts_stays_in_order():
    """An album would be described in another order, or a picture twice."""
    one, two = (brought({"photo": [size(ref, 9, 9)]}, BOT, has_words=False) for ref in "ab")
    about = Brought(one.attachments, has_unread=True)
    found = together([one, NOTHING, two, about])
    assert [attachment.ref for attachment in found.attachments] == ["a", "b"]
    assert found.has_unread
    assert together([NOTHING]) == NOTHING
