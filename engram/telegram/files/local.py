"""Files of a Bot API server on the same machine, which names them by paths instead of sending them.

Source: https://core.telegram.org/bots/api#using-a-local-bot-api-server
"""

from pathlib import Path, PurePosixPath, PureWindowsPath

from engram.telegram.files.transfer import OutOfReachError, too_large

ABSENT = (
    "the Bot API server runs with --local and names files by paths on its own machine, and the one "
    "it named cannot be read here ({why}): run Engram on that machine as a user who may read the "
    "server's folder, or start the server without --local and let a web server send its files"
)
FOREIGN = (
    "the Bot API server names a file outside of the folder of this bot, where Engram reads nothing"
)


def is_local(path: str) -> bool:
    """Whether `path` is one on a machine, and not one below the server's address."""
    return PurePosixPath(path).is_absolute() or PureWindowsPath(path).is_absolute()


def read_local(path: str, token: str, most: int) -> bytes:
    """The content of the file at `path`.

    It has to lie in the folder that the server keeps for the bot with `token`: no server has
    Engram read anything else. Raises `OutOfReachError`, and `AttachmentError` where it has more
    than `most` bytes.
    """
    try:
        # What it is a link to is what counts.
        real = Path(path).resolve(strict=True)
        # The server names the folder like the token, where a colon is allowed in names.
        if {token, token.replace(":", "~")}.isdisjoint(real.parts[:-1]) or not real.is_file():
            raise OutOfReachError(FOREIGN)
        with real.open("rb") as file:
            found = file.read(most + 1)
    except (OSError, ValueError, RuntimeError) as err:
        why = getattr(err, "strerror", None) or type(err).__name__
        problem = OutOfReachError(ABSENT.format(why=why))
    else:
        if len(found) > most:
            raise too_large(most)
        return found
    # The path, in the original error, contains the token.
    raise problem
