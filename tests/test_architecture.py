"""The table of modules in docs/architecture.md: it is what the code says of itself."""

import ast
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parent.parent
PACKAGE = ROOT / "engram"
ROW = re.compile(r"^\| (`[\w/]+\.py`.*?) \|.*\|(.*)\|$", re.MULTILINE)
# The files of each row, and the packages from outside that they import.
TABLE = {
    tuple(re.findall(r"`([\w/]+\.py)`", files)): set(re.findall(r"`(\w+)`", doors))
    for files, doors in ROW.findall((ROOT / "docs" / "architecture.md").read_text("utf-8"))
}
ORDER = [file for files in TABLE for file in files]
FILES = {file.relative_to(PACKAGE).as_posix(): file for file in PACKAGE.rglob("*.py")}
MODULES = sorted(name for name in FILES if not name.endswith("__init__.py"))


def imported(file: str) -> Iterator[str]:
    """Every module that `file` imports, anywhere in it, be it for types alone."""
    for node in ast.walk(ast.parse(FILES[file].read_text("utf-8"))):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom) and node.module and not node.level:
            yield node.module
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def test_every_module_has_its_row():
    """Whoever carries on would look for a file that is not there, or miss one that is."""
    assert sorted(ORDER) == MODULES


@pytest.mark.parametrize("file", MODULES)
def test_arrows_point_inward(file):
    """A change at the edge would reach into what everything stands on."""
    names = {f"engram.{name[:-3].replace('/', '.')}": name for name in MODULES}
    inner = {names[module] for module in imported(file) if module in names}
    assert inner <= set(ORDER[: ORDER.index(file)])


@pytest.mark.parametrize("files", TABLE)
def test_outside_packages_come_in_by_their_doors(files):
    """A new release of one of them could break the bot anywhere."""
    roots = {module.partition(".")[0] for file in files for module in imported(file)}
    inside = {*sys.stdlib_module_names, "engram"} - {"sqlite3"}
    assert roots - inside == TABLE[files]
