"""Pictures on their way to a model."""

from engram.llm.abilities.sight import GONE, shown
from tests.pictures import a_picture


def content(text, images):
    return text, [(image.width, image.height) for image in images]


def test_a_text_without_pictures_stands_as_it_is():
    """A server that takes nothing but texts would refuse every question."""
    assert shown("hi", (), content) == "hi"


def test_pictures_are_loaded_when_they_are_shown():
    """A model would be asked about a picture that it is not given."""
    assert shown("hi", [a_picture(3, 4), a_picture(5, 6)], content) == ("hi", [(3, 4), (5, 6)])


def test_the_model_is_told_of_a_picture_that_is_gone():
    """It would make up what is on a picture that Telegram has no more."""
    gone = a_picture(there=False)
    assert shown("hi", [gone], content) == f"hi\n\n{GONE}"
    assert shown("hi", [gone, a_picture(3, 4)], content) == (f"hi\n\n{GONE}", [(3, 4)])
