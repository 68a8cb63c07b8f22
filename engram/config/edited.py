"""One value of `config.ini` or `.env` set in its text, and nothing else in it changed; pure."""

import configparser
import io
import re
from collections.abc import Callable

from dotenv.parser import parse_stream

from engram.config.text_file import normal, without_gaps

NOT_TAKEN = "cannot be changed here: it would be read in another way; edit it yourself"
_LINE = re.compile(r"[^\r\n]*(?:\r\n|\r|\n)|[^\r\n]+")
_HEADER = re.compile(r"\[([^\]\r\n]+)\]")
_NAME = re.compile(r"[^=:\r\n]*[=:]")
# A value goes on in lines that begin with blanks.
_GOES_ON = re.compile(r"[ \t]+[^\s;#]")
_COMMENT = re.compile(r"(?<=\s);")
_PLAIN = re.compile(r"[\w:./+@-]*", re.ASCII)
_BEFORE_NAME = re.compile(r"\s*(?:export[^\S\r\n]+)?")
_BOM = "\ufeff"


def ini_parser() -> configparser.ConfigParser:
    """What reads a config.ini."""
    # The keys of a default section would leak into all others. This name is in no UTF-8 file.
    return configparser.ConfigParser(
        interpolation=None, inline_comment_prefixes=(";",), default_section="\ud800"
    )


def with_key(text: str, section: str, key: str, value: str) -> str:
    """The `text` of a config.ini with `key` in `[section]` set to `value`.

    Raises `ValueError`, as `read_text` does, if anything else would then be read of it.
    """
    lines, end = _LINE.findall(text.removeprefix(_BOM)), _line_end(text)
    last, at = _places(lines, section, key)
    if last is None:
        lines = [*_closed(lines, end), *([end] if lines else []), f"[{section}]{end}"]
        last = len(lines) - 1
    if at is None:
        lines = _closed(lines, end)
        lines.insert(last + 1, f"{key} = {value}{end}")
    else:
        while at + 1 < len(lines) and _GOES_ON.match(lines[at + 1]):
            del lines[at + 1]
        lines[at] = _with_value(lines[at], value)
    return _checked(text, "".join(lines), _keys, (section, key), value)


def with_variable(text: str, name: str, value: str) -> str:
    """The `text` of a .env with the variable `name` set to `value`. Raises as `with_key` does."""
    end, found, parts = _line_end(text), False, []
    line = f"{name}={value if _PLAIN.fullmatch(value) else _quoted(value)}"
    for binding in parse_stream(io.StringIO(without_gaps(text))):
        raw = binding.original.string
        if binding.key == name:
            blank = _BEFORE_NAME.match(raw)
            raw = f"{blank[0] if blank else ''}{line}{raw[len(raw.rstrip()) :] or end}"
            found = True
        parts.append(raw)
    if not found:
        parts = [*_closed(parts, end), line, end]
    return _checked(text, "".join(parts), _variables, name, value)


def _line_end(text: str) -> str:
    return "\r\n" if "\r\n" in text else "\n"


def _closed(lines: list[str], end: str) -> list[str]:
    """`lines` whose last one has an end, so that another can follow."""
    is_open = bool(lines) and not lines[-1].endswith(("\r", "\n"))
    return [*lines[:-1], lines[-1] + end] if is_open else lines


def _places(lines: list[str], section: str, key: str) -> tuple[int | None, int | None]:
    """The last line that says something in the `section`, and the `key` in it; None for none."""
    last = at = None
    inside = False
    for number, line in enumerate(lines):
        name = _NAME.match(line)
        if header := _HEADER.match(line):
            inside = header[1] == section
        elif inside and name and name[0][:-1].strip().lower() == key:
            at = number
        if inside and (header or name or _GOES_ON.match(line)):
            last = number
    return last, at


def _with_value(line: str, value: str) -> str:
    """`line` with another value; its comment stays, in its column if there is room."""
    bare = line.rstrip("\r\n")
    name, comment = _NAME.match(bare), _COMMENT.search(bare)
    new = f"{name[0] if name else ''} {value}".rstrip()
    if comment:
        new = f"{new} ".ljust(comment.start()) + bare[comment.start() :]
    return new + line[len(bare) :]


def _quoted(value: str) -> str:
    escaped = value.replace("\\", r"\\").replace("'", r"\'")
    return f"'{escaped}'"


def _keys(text: str) -> dict[object, str | None]:
    parser = ini_parser()
    parser.read_string(normal(text))
    return {
        (section, key): value.strip()
        for section in parser.sections()
        for key, value in parser.items(section)
    }


def _variables(text: str) -> dict[object, str | None]:
    bindings = parse_stream(io.StringIO(normal(text)))
    return {one.key: one.value for one in bindings if one.key is not None}


def _checked(
    before: str,
    after: str,
    read: Callable[[str], dict[object, str | None]],
    name: object,
    value: str,
) -> str:
    """`after`, begun like `before`, if `read` finds in it what was there, and `value`."""
    try:
        is_right = read(after) == {**read(before), name: value}
    except configparser.Error:
        is_right = False
    if not is_right:
        raise ValueError(NOT_TAKEN)
    return (_BOM if before.startswith(_BOM) else "") + after
