"""The moving picture in README.md is of what the bot says."""

from PIL import Image, ImageSequence

from tests.conftest import ROOT
from tests.example_film import film

FILM = ROOT / "docs" / "conversation.gif"
ADVICE = "run python3 -m tests.example_film --picture docs/conversation.gif"


def test_the_film_shows_what_is_said():
    """Somebody would start a bot that says something else than the one in the film."""
    bot = film(slow=False)
    with Image.open(FILM) as shown:
        assert shown.info["comment"].decode() == bot.said, ADVICE
    first = bot.moments()[0]
    assert first.pieces[1].photo, "nobody would look at a film that begins without a picture"


def test_the_film_is_small_and_short():
    """A page that takes long to load, or a film that takes long to end, would be left."""
    assert FILM.stat().st_size < 2_000_000
    with Image.open(FILM) as shown:
        lasting = [frame.info["duration"] for frame in ImageSequence.Iterator(shown)]
    assert 20_000 < sum(lasting) < 40_000
