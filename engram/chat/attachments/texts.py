"""Why a picture or a file was not opened, and what to do: the sentences for people; pure."""

from engram.chat.attachments.child.refusals import Why
from engram.chat.attachments.isolated import Reply

_AGAIN = "Please send it again."
_SHOT = "Please send a smaller one, or a screenshot of it."
_HICCUP = (
    "I could not open {what} right now, because this computer has no room for it. Please send it "
    "again in a minute."
)
_SLOW = "{What} took longer than {seconds} seconds to open, so I gave up. "
_DIED = "{What} could not be opened: the program that reads such files broke down over it. "

PICTURE = {
    Why.EMPTY: f"This picture is empty: it has no bytes at all. {_AGAIN}",
    Why.BROKEN: f"I cannot open this picture: it is damaged, or its end is missing. {_AGAIN}",
    Why.UNKNOWN: (
        "I cannot open this as a picture: I can read JPEG, PNG, WebP, GIF, BMP and TIFF. Please "
        "send it as a photo, or a screenshot of it."
    ),
    Why.LARGE: f"This picture has {{megapixels}} megapixels, and I can open {{most}}. {_SHOT}",
    Why.SMALL: (
        "There is nothing to see on this picture: it is {width} x {height} pixels. Please send a "
        "larger one."
    ),
    Why.MEMORY: f"This picture takes too much memory to open. {_SHOT}",
    Why.SLOW: _SLOW + _SHOT,
    Why.DIED: _DIED + "Please send a screenshot of it.",
    Why.NOT_STARTED: _HICCUP,
}
BRANDS = ("HEIC", "AVIF")
BRAND = (
    "I cannot open {kind} pictures. Please send it as a photo, which makes it a JPEG, and not as a "
    "file."
)
_COPY = "Please send its text as a message, or the part that matters as a file of its own."
DOCUMENT = {
    Why.EMPTY: "{name} is empty: there is no text in it. Please look whether it is the right file.",
    Why.BROKEN: (
        "I cannot read {name}: it is damaged, or its end is missing. Please send it again, or its "
        "text as a message."
    ),
    Why.BINARY: (
        "I cannot read {name}: I can read text, CSV and PDF. Please save it as one of these and "
        "send that."
    ),
    Why.LOCKED: "{name} is protected by a password. Please send a copy without one.",
    Why.SCANNED: (
        "There is no text in {name}, only pictures of its pages. Please send the page that matters "
        "as a picture."
    ),
    Why.MEMORY: f"{{name}} takes too much memory to read. {_COPY}",
    Why.SLOW: _SLOW + _COPY,
    Why.DIED: _DIED + _COPY,
    Why.NOT_STARTED: _HICCUP,
}
FILE_TOO_LARGE = f"{{name}} has more than {{most}} MB, and that is as much as I can read. {_COPY}"
PICTURE_TOO_LARGE = f"This picture has more than {{most}} MB, and I can open no more. {_SHOT}"
# What was left out of a file, and what was made of it.
PAGES_LEFT = "Of {name} I read the first {read} of {pages} pages."
CHARACTERS_LEFT = "Of {name} I read all but the last {left:,} characters."
ROWS_LEFT = (
    "Of {name} I read the first {rows:,} rows, and there are more: all figures are of these."
)
ROWS = "Of {name} I gave the model the figures of all columns, and the first and last rows."
UNNAMED = "the file"


def picture_refused(why: Why, reply: Reply) -> str:
    """The sentence for somebody whose picture was not opened."""
    if why is Why.UNKNOWN and (kind := reply.word("kind", BRANDS)):
        return BRAND.format(kind=kind)
    facts = {
        name: reply.number(name) for name in ("megapixels", "most", "width", "height", "seconds")
    }
    sentence = PICTURE.get(why, PICTURE[Why.BROKEN])
    return sentence.format(**facts, what="this picture", What="This picture")


def document_refused(why: Why, reply: Reply, name: str) -> str:
    """The sentence for somebody whose file called `name` was not read."""
    sentence = DOCUMENT.get(why, DOCUMENT[Why.BROKEN])
    said = sentence.format(seconds=reply.number("seconds"), what=name, What=name, name=name)
    return said[0].upper() + said[1:] if name == UNNAMED else said
