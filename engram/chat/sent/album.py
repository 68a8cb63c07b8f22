"""`Album`: opens what people send in a few threads, and remembers the last pictures."""

import logging
from collections.abc import Callable, Sequence
from dataclasses import replace
from functools import partial

from engram.chat.attachments.opening import MOST_BYTES, Document, document_of, picture_of
from engram.core.attachments import Attachment, Files, Image, Picture
from engram.core.crew import Crew
from engram.core.errors import EngramError
from engram.core.lru import LRUCache
from engram.core.stop import Stop

log = logging.getLogger(__name__)

# So many are brought at once, and so many pictures are remembered, each of some hundred kilobytes.
THREADS, REMEMBERED = 6, 8


class Album:
    """Brings pictures and files from where they were sent; for several threads.

    Whatever is brought may take as long as a download and the opening of a file.
    """

    def __init__(self) -> None:
        self._crew = Crew("opening", THREADS)
        self._images: LRUCache[str, Image] = LRUCache(REMEMBERED)

    def begin(self, work: Callable[[], None]) -> None:
        """Have `work` be done by one of the threads, after what waits already."""
        self._crew.add(work)

    def picture(self, attachment: Attachment, files: Files, stop: Stop) -> Picture:
        """The picture, opened; raises `AttachmentError`, and `StoppedError` on `stop`."""
        image = self._image(attachment.ref, files, stop)
        return Picture(attachment.ref, image.width, image.height, lambda: image)

    def document(self, attachment: Attachment, files: Files, stop: Stop) -> Document:
        """The file, opened; raises `AttachmentError`, and `StoppedError` on `stop`."""
        return document_of(files.read(attachment.ref, MOST_BYTES, stop), attachment.name, stop)

    def again(
        self, pictures: Sequence[Picture], files: Files | None, stop: Stop
    ) -> tuple[Picture, ...]:
        """Pictures of earlier messages, which are brought again once somebody needs them."""
        return tuple(self._known(one, files, stop) for one in pictures)

    def _known(self, picture: Picture, files: Files | None, stop: Stop) -> Picture:
        image = self._images.get(picture.ref)
        if image or files is None:
            return replace(picture, load=lambda: image, is_at_hand=True)
        load = partial(self._again, picture.ref, files, stop)
        return replace(picture, load=load, is_at_hand=False)

    def _again(self, ref: str, files: Files, stop: Stop) -> Image | None:
        try:
            return self._image(ref, files, stop)
        except EngramError as err:
            stop.check()
            log.info("a picture of an earlier message is not to be had any more: %s", err)
            return None

    def _image(self, ref: str, files: Files, stop: Stop) -> Image:
        image = self._images.get(ref)
        if image is None:
            image = picture_of(files.read(ref, MOST_BYTES, stop), stop)
            self._images.put(ref, image)
        return image
