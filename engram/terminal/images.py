"""/image PATH: pictures and other files of this machine, for a question in the terminal."""

import re
import stat
from pathlib import Path

from engram.core.attachments import Attachment, Files, Sent
from engram.core.errors import AttachmentError
from engram.core.stop import Stop
from engram.terminal.texts import (
    CHANGED,
    NO_SUCH_FILE,
    NOT_A_FILE,
    TOO_LARGE,
    UNREADABLE,
    WHICH_FILE,
)

COMMAND = re.compile(r"/image(?=\s|$)\s*", re.IGNORECASE)
# Everything else is taken for a file of text, which says what can be read.
PICTURES = {
    ".jpg", ".jpeg", ".png", ".webp", ".gif", ".bmp", ".tif", ".tiff", ".heic", ".avif",
}  # fmt: skip
# No path has it.
SEPARATOR = "\0"
QUOTES = "\"'"


class PathFiles(Files):
    """The files of this machine, by their paths and the times at which they were written."""

    def read(self, ref: str, most: int, stop: Stop) -> bytes:
        """See `Files`."""
        stop.check()
        name, _, written = ref.partition(SEPARATOR)
        path = Path(name)
        name = path.name or name
        try:
            now = path.stat()
            # A pipe or a device would be read for ever.
            if not stat.S_ISREG(now.st_mode):
                raise AttachmentError(NOT_A_FILE.format(name=name))
            if written not in ("", str(now.st_mtime_ns)):
                raise AttachmentError(CHANGED.format(name=name))
            with path.open("rb") as file:
                data = file.read(most + 1)
        except OSError as err:
            raise AttachmentError(UNREADABLE.format(name=name, reason=err.strerror or err)) from err
        if len(data) > most:
            raise AttachmentError(TOO_LARGE.format(name=name, most=most // 2**20))
        return data


def read_image(line: str) -> tuple[str, Sent]:
    """What is asked in `line`, and the file that its /image names, if it is that command.

    The path may stand in quotation marks; without them it reaches as far as there is such a file.
    Raises `AttachmentError` where there is none.
    """
    command = COMMAND.match(line)
    if not command:
        return line, Sent(files=PathFiles())
    path, question = _split(line[command.end() :].strip())
    name = path.name or str(path)
    attachment = Attachment(_ref(path), name, is_picture=path.suffix.lower() in PICTURES)
    return question, Sent((attachment,), PathFiles())


def _ref(path: Path) -> str:
    """The path with the time of its file: what is written there later is another file."""
    try:
        return f"{path}{SEPARATOR}{path.stat().st_mtime_ns}"
    except OSError:  # gone by now
        return str(path)


def _split(words: str) -> tuple[Path, str]:
    """The path at the beginning of `words`, and what follows it."""
    if not words:
        raise AttachmentError(WHICH_FILE)
    if words[0] in QUOTES and words.find(words[0], 1) > 0:
        end = words.find(words[0], 1)
        return _path(words[1:end]), words[end + 1 :].strip()
    ends = [len(words), *(found.start() for found in reversed([*re.finditer(r"\s+", words)]))]
    for end in ends:
        # A terminal writes a path that is dropped on it as a shell would want it.
        for path in map(_path, (words[:end], re.sub(r"\\(.)", r"\1", words[:end]))):
            if _is_there(path):
                return path, words[end:].strip()
    raise AttachmentError(NO_SUCH_FILE.format(path=words.split()[0]))


def _path(text: str) -> Path:
    try:
        return Path(text).expanduser()
    except RuntimeError:  # nobody's home
        return Path(text)


def _is_there(path: Path) -> bool:
    try:
        return path.exists()
    except (OSError, ValueError):  # too long a name, or one with a NUL
        return False
