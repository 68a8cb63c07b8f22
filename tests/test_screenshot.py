"""Conversations as pictures; a font without colours stands for that of the emoji."""

import io

import pytest
from PIL import Image

from tests.doubles.telegram_api import Shown
from tests.screenshot import FONTS, WIDTH, Bubble, draw

FONT = FONTS / "DejaVuSans.ttf"
WORDS = "a stop that was touched sixty times in a hundred " * 4


@pytest.fixture
def height(tmp_path):
    """How high the picture of some bubbles gets; it is two columns wide."""

    def measured(*bubbles):
        draw(bubbles, tmp_path / "picture.png", FONT)
        with Image.open(tmp_path / "picture.png") as picture:
            assert picture.width > 2 * WIDTH
            return picture.height

    return measured


@pytest.mark.parametrize(
    "more",
    [
        {"text": WORDS},
        {"text": "one\ntwo"},
        {"above": "what it replies to", "is_bot": True},
        {"buttons": (("15m", "🔄"), ("👁",)), "is_bot": True},
        {"text": "i" * 40 + " i", "code": ((0, 42),)},
    ],
)
def test_everything_has_its_place(height, more):
    """A line would lie upon another, or be missing in the documents."""
    assert height(Bubble(**({"text": "one"} | more)), Bubble("x")) > height(
        Bubble("one"), Bubble("x")
    )


def test_what_the_bot_shows_is_taken_as_it_is():
    """The picture would show other words in bold than Telegram does."""
    photo = io.BytesIO()
    Image.new("RGB", (8, 8)).save(photo, "PNG")
    bold = {"type": "bold", "offset": 3, "length": 4}
    shown = Shown(2, caption="📊 Rules 🎯", entities=(bold,), photo=photo.getvalue(), reply_to=1)
    bubble = Bubble.of(shown, [Shown(1, text="first\nsecond"), shown])
    assert (bubble.text, bubble.above) == ("📊 Rules 🎯", "first")
    assert [bubble.text[start:end] for start, end in bubble.bold] == ["Rule"]
    assert bubble.photo == photo.getvalue()
