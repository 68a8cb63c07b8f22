"""Files that a Bot API server on the same machine names by their paths."""

import os

import pytest

from engram.core.errors import AttachmentError
from engram.telegram.files.local import is_local, read_local
from engram.telegram.files.transfer import OutOfReachError
from tests.doubles.telegram import TOKEN

SECRET = TOKEN.partition(":")[2]
# Windows allows no colon in names; the server puts another character in its place.
FOLDERS = [TOKEN.replace(":", "~"), *([TOKEN] if os.name == "posix" else [])]
posix = pytest.mark.skipif(os.name != "posix", reason="only POSIX has such files and links")


@pytest.fixture(params=FOLDERS)
def folder(request, tmp_path):
    """The bot's folder on the server."""
    made = tmp_path / request.param / "documents"
    made.mkdir(parents=True)
    return made


@pytest.mark.parametrize(
    ("path", "found"),
    [
        ("/var/lib/x/a.jpg", True),
        ("C:\\x\\a.jpg", True),
        ("\\\\host\\share\\a.jpg", True),
        ("photos/file_1.jpg", False),
        ("../a", False),
        ("~/a", False),
    ],
)
def test_a_path_on_a_machine_is_known(path, found):
    """A file on the server's disk would be asked for over HTTP, or the other way round."""
    assert is_local(path) is found


def test_a_file_in_the_folder_of_the_bot_is_read(folder):
    """Nobody with a Bot API server of their own could send a picture."""
    file = folder / "file_1.txt"
    file.write_bytes(b"12345")
    assert read_local(str(file), TOKEN, 5) == b"12345"
    with pytest.raises(AttachmentError, match="more than 4 bytes"):
        read_local(str(file), TOKEN, 4)


@posix
def test_no_other_file_is_read(folder, tmp_path):
    """A server could have the bot show any file of this machine to a stranger."""
    other = tmp_path / "secret.txt"
    other.write_text("secret")
    (folder / "link.txt").symlink_to(other)
    (tmp_path / SECRET).mkdir()
    (tmp_path / SECRET / "a.txt").write_text("secret")
    os.mkfifo(folder / "pipe")
    for path in (
        other,
        folder / "link.txt",
        folder / ".." / ".." / "secret.txt",
        folder,
        folder / "pipe",
        tmp_path / SECRET / "a.txt",
        "/dev/zero",
    ):
        with pytest.raises(OutOfReachError, match="outside of the folder"):
            read_local(str(path), TOKEN, 100)


@posix
def test_a_file_that_is_not_here_is_told_without_the_token(folder, tmp_path):
    """The log would show the token, which is in the path."""
    (folder / "circle").symlink_to(folder / "circle")
    for path in (folder / "nothing.txt", folder / "circle", folder / ("x" * 5000), "/a\x00b"):
        with pytest.raises(OutOfReachError, match="cannot be read here") as caught:
            read_local(str(path), TOKEN, 100)
        assert SECRET not in str(caught.value)
        assert (caught.value.__cause__, caught.value.__context__) == (None, None)
