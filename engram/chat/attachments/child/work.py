"""Foreign bytes -> a line of JSON with the facts, then the picture or text; or why it is none."""

import json
import warnings
from collections.abc import Callable, Mapping, Sequence
from typing import BinaryIO

from engram.chat.attachments.child.limits import confine
from engram.chat.attachments.child.refusals import RefusedError, Why

#: Facts for the parent, and a picture or a text in UTF-8.
Opened = tuple[Mapping[str, str | int | bool], bytes]
Reader = Callable[[bytes], Opened]


def main(arguments: Sequence[str], source: BinaryIO, sink: BinaryIO) -> None:
    """Open what `source` holds: a `picture`, or a `document` with the ending of its name."""
    kind, ending = [*arguments, ""][:2]
    data = source.read()
    # Libraries are loaded first: they may write what they compile, and the rest may write nothing.
    reader = _of_pictures() if kind == "picture" else _of_documents(data, ending)
    warnings.simplefilter("ignore")
    confine()
    facts, content = opened(reader, data)
    # The length tells the parent whether it has got everything.
    sink.write(json.dumps({**facts, "length": len(content)}).encode() + b"\n" + content)
    sink.flush()


def opened(reader: Reader, data: bytes) -> Opened:
    """What `reader` makes of `data`; whatever it raises is a refusal, with its reason as `why`."""
    try:
        if not data:
            raise RefusedError(Why.EMPTY)
        return reader(data)
    except RefusedError as err:
        return {**err.facts, "why": err.why.value}, b""
    except MemoryError:
        return {"why": Why.MEMORY.value}, b""
    # Libraries that read foreign bytes raise anything: that is what this process is for.
    except Exception as err:
        # What it says may be what the file says, which belongs into no log.
        return {"why": Why.BROKEN.value, "error": type(err).__name__}, b""


def _of_pictures() -> Reader:
    from engram.chat.attachments.child import pictures

    pictures.load()
    return pictures.picture


def _of_documents(data: bytes, ending: str) -> Reader:
    if b"%PDF-" in data[:1024]:  # ISO 32000, annex I: what readers accept
        from engram.chat.attachments.child import pdf

        pdf.load()
        return pdf.document
    from engram.chat.attachments.child import documents

    return documents.reader_of(ending)
