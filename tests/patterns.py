"""Every regular expression of Engram, and texts that are the worst for each of them."""

from __future__ import annotations

import ast
import importlib
import pkgutil
import re
from collections.abc import Iterator
from re import _constants as kinds  # type: ignore[attr-defined]
from re import _parser as parser  # type: ignore[attr-defined]
from typing import Any

import engram
from tests.conftest import ROOT

FUNCTIONS = {"search", "match", "fullmatch", "sub", "findall", "finditer", "split", "compile"}
# What is made while the program runs, with an example of what it is made of.
MADE = {
    "engram.telegram.updates": [r"(?<!\w)(/\w+)@engram_bot\b", r"(?<!\w)@engram_bot\b[,:]?\s*"],
    "engram.llm.answer.reasoning": [r"(?<!`)`{3}(?!`)"],
}
# General ones, beside those that are made for each pattern.
UNITS = [
    "\\(", "1. ", "1.", "a", "a ", "A", "0", "0,", "1,000 ", " ", "\t", "\n", "\n\n", "\u00a0", ".",
    "-", "_", "*", "**", "`", "` ", "[", "]", "[](", "![a](http://a", "(", ")", "((", "<", "<br>",
    "<think", "|", "| a ", "> ", "# ", "'", '"', "{", "}", "@", "/a@", "://", "http://", "a.a",
    "a@a.", "$1 ", "1% ", "1:1 ", "\\", "é", "中", "ا", "😀", "\x00", "ab", "aA", "exceed", "error",
    "Price ", "RSI ", "10:00 ", "2024-01-01 ", "1e", "x 10", "token ", "context ", "load",
]  # fmt: skip


def module_names() -> list[str]:
    """All modules of Engram."""
    found = pkgutil.walk_packages(engram.__path__, "engram.")
    return ["engram", *(one.name for one in found if not one.name.endswith("__main__"))]


def patterns(name: str) -> list[re.Pattern[str]]:
    """All patterns of the module `name`."""
    module = importlib.import_module(name)
    values = [*vars(module).values()]
    if compiled := getattr(module, "_compiled", None):
        values.append(compiled()[0])
    written = [re.compile(one) for one in [*_written(name), *MADE.get(name, ())]]
    return [one for one in [*_inside(values), *written] if isinstance(one.pattern, str)]


def _inside(value: Any, depth: int = 3) -> Iterator[re.Pattern[str]]:
    if isinstance(value, re.Pattern):
        yield value
    elif depth and isinstance(value, list | tuple | set | frozenset):
        for one in value:
            yield from _inside(one, depth - 1)
    elif depth and isinstance(value, dict):
        yield from _inside([*value.values()], depth - 1)


def _written(name: str) -> Iterator[str]:
    """The patterns that stand in calls of `re` in the code of a module."""
    for call in calls_of_re(name):
        first = call.args[0]
        if isinstance(first, ast.Constant) and isinstance(first.value, str):
            yield first.value


def calls_of_re(name: str) -> Iterator[ast.Call]:
    """The calls of functions of `re` in a module that take a pattern as text."""
    path = ROOT / name.replace(".", "/")
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    for node in ast.walk(ast.parse(file.read_text(encoding="utf-8"))):
        match node:
            case ast.Call(func=ast.Attribute(value=ast.Name(id="re"), attr=attr)) if (
                attr in FUNCTIONS and node.args
            ):
                yield node


def worst(pattern: re.Pattern[str]) -> set[str]:
    """Pieces which, repeated, make a pattern try the most: what each of its loops takes."""
    tree = parser.parse(pattern.pattern, pattern.flags & ~re.UNICODE)
    found = set()
    for before, loop in _loops(tree, ""):
        if loop:
            found |= {loop[:12], f"{before}{loop}"[-24:], f"{loop}{before}"[:24]}
    return {one for one in found if one}


def _loops(tree: Any, before: str) -> Iterator[tuple[str, str]]:
    """The loops in a pattern: what stands before each, and what it takes once."""
    said = before
    for kind, value in tree:
        if kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT):
            yield said, _sample(value[2])
            yield from _loops(value[2], said)
        elif kind is kinds.SUBPATTERN:
            yield from _loops(value[-1], said)
        elif kind is kinds.BRANCH:
            for branch in value[1]:
                yield from _loops(branch, said)
        said += _sample([(kind, value)])


def _sample(tree: Any) -> str:
    """Something that a part of a pattern matches, as far as that is easily said."""
    return "".join(_one(kind, value) for kind, value in tree)


def _one(kind: Any, value: Any) -> str:
    if kind is kinds.LITERAL:
        return chr(value)
    if kind is kinds.NOT_LITERAL:
        return "a" if value != ord("a") else "b"
    if kind is kinds.ANY:
        return "a"
    if kind is kinds.IN:
        return _member(value)
    if kind in (kinds.MAX_REPEAT, kinds.MIN_REPEAT, kinds.POSSESSIVE_REPEAT):
        return _sample(value[2]) * min(max(value[0], 1), 3)
    if kind is kinds.SUBPATTERN:
        return _sample(value[-1])
    if kind is kinds.BRANCH:
        return _sample(value[1][0])
    return ""


def _member(value: Any) -> str:
    negated = value[0][0] is kinds.NEGATE
    test = re.compile(_class(value))
    candidates = "a0 _-.,:/A\n\t`\"'(<[|*é中\x01"
    if not negated and value[0][0] is kinds.LITERAL:
        return chr(value[0][1])
    return next((one for one in candidates if test.match(one)), "")


def _class(value: Any) -> str:
    names = {kinds.CATEGORY_DIGIT: r"\d", kinds.CATEGORY_NOT_DIGIT: r"\D",
             kinds.CATEGORY_SPACE: r"\s", kinds.CATEGORY_NOT_SPACE: r"\S",
             kinds.CATEGORY_WORD: r"\w", kinds.CATEGORY_NOT_WORD: r"\W"}  # fmt: skip
    parts = []
    for kind, one in value:
        if kind is kinds.NEGATE:
            parts.append("^")
        elif kind is kinds.LITERAL:
            parts.append(re.escape(chr(one)))
        elif kind is kinds.RANGE:
            parts.append(f"{re.escape(chr(one[0]))}-{re.escape(chr(one[1]))}")
        elif kind is kinds.CATEGORY:
            parts.append(names[one])
    return f"[{''.join(parts)}]"
