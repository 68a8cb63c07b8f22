"""A conversation as a moving picture; a font without colours stands for that of the emoji."""

import pytest
from PIL import Image

from tests.film import FAR, HEAD, HEIGHT, STEPS, Moment, Note, Screen, save
from tests.screenshot import COLUMN, EDGE, FONTS, LINE, PAD, Bubble

LINES = "\n".join("a line" for _ in range(60))
HIGH, SHORT = Bubble(LINES, is_bot=True), Bubble("and now?")


@pytest.fixture
def frames():
    """The pictures of some moments, and for how long each is seen."""

    def drawn(*moments):
        return list(Screen(FONTS / "DejaVuSans.ttf").frames(moments))

    return drawn


def test_what_is_new_is_scrolled_to(frames):
    """The answer would be below the edge of the picture."""
    seen = frames(Moment((HIGH,), 1.0, first=0), Moment((HIGH, SHORT), 2.0))
    assert [seconds for _, seconds in seen[:: len(seen) - 1]] == [1.0, 2.0]
    assert len(seen) == 1 + STEPS
    last, alone = seen[-1][0], frames(Moment((SHORT,), 1.0))[0][0]
    # The question is at the bottom there, and at the top where nothing else is.
    top, height = HEAD + EDGE, LINE + 2 * PAD + EDGE
    bottom = last.crop((0, HEIGHT - height, COLUMN, HEIGHT))
    assert bottom.tobytes() == alone.crop((0, top, COLUMN, top + height)).tobytes()


@pytest.mark.parametrize("piece", [SHORT, Note("later"), Bubble("one line", is_bot=True)])
def test_a_short_way_is_gone_at_once(frames, piece):
    """The picture would be twice as large as is allowed."""
    assert len(frames(Moment((), 1.0), Moment((piece,), 1.0))) == 2
    assert FAR < HEIGHT


def test_the_file_holds_every_moment_and_what_is_said(frames, tmp_path):
    """The picture would be over before it is read, and nobody could tell what it shows."""
    moments = [Moment((SHORT,), 0.5), Moment((SHORT,), 1.0), Moment((SHORT, Note("later")), 2.0)]
    save(frames(*moments), tmp_path / "film.gif", "what is said " * 50)
    with Image.open(tmp_path / "film.gif") as film:
        lasting = []
        for number in range(film.n_frames):
            film.seek(number)
            lasting.append(film.info["duration"])
        assert (lasting, film.info["loop"]) == ([1500, 2000], 0)
        assert film.info["comment"].decode() == "what is said " * 50
