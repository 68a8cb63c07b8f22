"""The standard streams, also where they are closed, broken or on a full disk."""

import contextlib
import errno
import io
import os
import select
import sys
from typing import Any, TextIO

UNWRITTEN = "What should have been printed could not be written: {reason}."
# Nobody is there to read: the reader of a pipe has left, or the terminal is gone.
LEFT = (errno.EPIPE, errno.EIO, errno.ENXIO, errno.EBADF, errno.ECONNRESET)


class Streams:
    """Makes the standard streams of this process safe to use.

    They are UTF-8, whatever the terminal's code page. A closed one takes and gives nothing. What
    standard output cannot take is dropped, and the flush after it raises the `OSError`, once; the
    next write is tried again. Standard error raises nothing.
    """

    def __init__(self) -> None:
        _fill_gaps()
        sys.stdin = sys.stdin or io.TextIOWrapper(io.FileIO(0, closefd=False))
        if isinstance(sys.stdin, io.TextIOWrapper):
            sys.stdin.reconfigure(encoding="utf-8", errors="replace")
        out = _made_safe(sys.stdout, 1, raising=True)
        self._out = out if isinstance(out, _Output) else None
        sys.stdout, sys.stderr = out, _made_safe(sys.stderr, 2, raising=False)

    def exit_code(self, code: int) -> int:
        """`code`, or 1 in place of 0 where output is lost that somebody waits for; says so.

        A reader that has left, as `head` does, waits for nothing more.
        """
        with contextlib.suppress(OSError):
            sys.stdout.flush()
        failure = self._out.failure if self._out else None
        if failure is None or failure.errno in LEFT:
            return code
        print(UNWRITTEN.format(reason=failure.strerror), file=sys.stderr)  # noqa: T201
        return code or 1

    def broke(self, err: OSError) -> bool:
        """Whether `err` is what standard output could not be written for."""
        return self._out is not None and err is self._out.failure


class _Raw(io.RawIOBase):
    """Writes to `target`, and drops what it does not take, which must not be tried for ever."""

    def __init__(self, target: io.RawIOBase) -> None:
        self._target = target
        self.failure: OSError | None = None

    def write(self, data: Any, /) -> int:
        written = None
        try:
            while (written := self._target.write(data)) is None:
                # Whoever shares it with us has made it non-blocking.
                select.select([], [self._target], [])
        except OSError as err:
            self.failure = err
        return len(data) if written is None else written

    def writable(self) -> bool:
        return True

    def fileno(self) -> int:
        return self._target.fileno()

    def isatty(self) -> bool:
        return self._target.isatty()


class _Output(io.TextIOWrapper):
    """Text for a `_Raw`; see `Streams`."""

    def __init__(self, target: io.RawIOBase, *, by_line: bool, raising: bool) -> None:
        self._raw = _Raw(target)
        self._raising = raising
        self.failure: OSError | None = None
        buffer = io.BufferedWriter(self._raw)
        super().__init__(buffer, encoding="utf-8", errors="replace", line_buffering=by_line)

    def flush(self) -> None:
        super().flush()
        failure, self._raw.failure = self._raw.failure, None
        self.failure = failure or self.failure
        if failure and self._raising:
            raise failure


def _fill_gaps() -> None:
    """Open what the process was started without, so that no file of ours gets its number.

    The first file to be opened would, and then hold whatever is printed.
    """
    for number in range(3):
        try:
            os.fstat(number)
        except OSError:
            null = os.open(os.devnull, os.O_RDWR)
            # Windows gives the number of a stream to no file, even in a program without a console.
            if null != number:
                os.dup2(null, number)
                os.close(null)
            os.set_inheritable(number, True)


def _made_safe(stream: TextIO | None, number: int, *, raising: bool) -> TextIO:
    if stream is None:
        return _Output(io.FileIO(number, "w", closefd=False), by_line=True, raising=raising)
    buffer = getattr(stream, "buffer", None)
    # With PYTHONUNBUFFERED there is no buffer in between.
    raw = getattr(buffer, "raw", buffer)
    # Others, such as those of a test, are no files.
    if not isinstance(stream, io.TextIOWrapper) or not isinstance(raw, io.RawIOBase):
        return stream
    with contextlib.suppress(OSError):
        stream.flush()
    by_line = not raising or stream.line_buffering or stream.write_through
    return _Output(raw, by_line=by_line, raising=raising)
