"""The pictures that came with a turn, as `turns` keeps them: where they are, not what they show."""

import json
from collections.abc import Sequence
from dataclasses import dataclass

from engram.core.attachments import Picture
from engram.core.key_value import read_json


@dataclass(frozen=True, slots=True)
class Shown:
    """Pictures that were shown with a turn.

    `is_seen` tells whether a model has looked at them.
    """

    pictures: tuple[Picture, ...] = ()
    is_seen: bool = True

    def __str__(self) -> str:
        """The text that is kept, "" for no pictures."""
        if not self.pictures:
            return ""
        sizes = [[one.ref, one.width, one.height] for one in self.pictures]
        return json.dumps({"pictures": sizes, "seen": self.is_seen})


NOTHING_SHOWN = Shown()


def read_shown(text: str) -> Shown:
    """What is kept as `text`; of what is damaged, nothing."""
    kept = read_json(text) if text else None
    if not isinstance(kept, dict) or not isinstance(kept.get("pictures"), list):
        return NOTHING_SHOWN
    found = tuple(
        Picture(*one) for one in kept["pictures"] if isinstance(one, list) and _is_picture(one)
    )
    return Shown(found, kept.get("seen") is True)


def _is_picture(one: Sequence[object]) -> bool:
    return list(map(type, one)) == [str, int, int]
