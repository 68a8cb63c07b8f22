"""What people send beside words."""

import base64

import pytest

from engram.core.attachments import Image, Picture


def test_a_picture_as_text():
    """No server would know what it is shown."""
    image = Image(b"\x89PNG", "image/png", 2, 1)
    assert image.data_url == "data:image/png;base64,iVBORw=="
    assert base64.b64decode(image.base64) == b"\x89PNG"


@pytest.mark.parametrize(
    ("width", "height", "tokens"), [(1, 1, 1), (1568, 1568, 3279), (30, 25, 1)]
)
def test_how_much_a_picture_takes(width, height, tokens):
    """The conversation would not fit into the context, and nobody would know why."""
    assert Picture("ref", width, height).tokens == tokens


def test_a_picture_that_is_not_to_be_had():
    """A conversation could not be read without asking for each of its pictures."""
    assert Picture("ref", 2, 1).load() is None


def test_no_bytes_in_the_log():
    """A log line with a picture in it would fill the disk."""
    assert "PNG" not in repr(Image(b"\x89PNG", "image/jpeg", 2, 1))
