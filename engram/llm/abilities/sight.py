"""Pictures on their way to a model, whatever the protocol."""

from collections.abc import Callable, Iterable, Sequence
from typing import Any

from engram.core.attachments import Image, Picture

# What a model reads in place of a picture that it would have been shown.
GONE = "[a picture that is not to be had any more]"


def shown(
    text: str, pictures: Iterable[Picture], content: Callable[[str, Sequence[Image]], Any]
) -> Any:
    """`text` with `pictures`, as `content` puts them; the text alone where there are none.

    They are loaded here, which may take seconds. The text tells of those that are gone.
    """
    loaded = [picture.load() for picture in pictures]
    images = [image for image in loaded if image]
    text = "\n\n".join([text, *[GONE] * (len(loaded) - len(images))])
    return content(text, images) if images else text
