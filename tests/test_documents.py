"""The documents lead where they say, and name commands that there are."""

import plistlib
import re
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from engram.options import read_options

ROOT = Path(__file__).parents[1]
INDEX = ROOT / "docs" / "README.md"
PAGES = sorted([*ROOT.glob("*.md"), *(ROOT / "docs").rglob("*.md")])
INSTRUCTIONS = [page for page in PAGES if page.name != "CHANGELOG.md"]
FENCED = re.compile(r"^( *)(`{3,})(\w*)\n(.*?)^\1\2$", re.MULTILINE | re.DOTALL)
# A link's title may be broken over two lines; pictures are links, too.
LINK = re.compile(r"\]\((?!https?:|tg:|mailto:)([^)\s#]*)(?:#([^)\s]*))?\)")
PICTURE = re.compile(r'<img src="([^"]+)"')
# What runs Engram with an option, and the Python that has its libraries.
COMMAND = re.compile(r"(?:launcher\.py|bin/engram|(?<![\w/])engram)((?: --[a-z]+)+)")
LAUNCHED = re.compile(r"([^\s`]*) ?launcher\.py --")
INSTALLED = (".venv/bin/python", r".venv\Scripts\python")


def prose(page: Path) -> str:
    """The text of a page without its examples."""
    return FENCED.sub("", page.read_text("utf-8"))


def anchors(page: Path) -> set[str]:
    """The anchors of a page's headings, as GitHub makes them."""
    seen: Counter[str] = Counter()
    found = set()
    for heading in re.findall(r"^#+ (.+?)\s*$", prose(page), re.MULTILINE):
        words = re.sub(r"\[([^]]*)\]\([^)]*\)", r"\1", heading)
        name = re.sub(r"[^\w\- ]", "", words.lower()).replace(" ", "-")
        found.add(f"{name}-{seen[name]}" if seen[name] else name)
        seen[name] += 1
    return found


def links(page: Path) -> Iterator[tuple[Path, str]]:
    """The files of this repository that a page leads to, each with its anchor."""
    text = re.sub(r"`[^`\n]*`", "", prose(page))
    for path, anchor in LINK.findall(text):
        yield (page.parent / path).resolve() if path else page, anchor
    for path in PICTURE.findall(text):
        yield page.parent / path, ""


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_link_leads_somewhere(page: Path) -> None:
    """Somebody who follows a link would find nothing there, or the top of a long page."""
    for file, anchor in links(page):
        assert file.exists(), f"{page.name} leads to {file.name}, which is not there"
        assert not anchor or anchor in anchors(file), f"{page.name}: no #{anchor} in {file.name}"


def test_every_page_is_found_from_the_index() -> None:
    """What is on a page that no list names would never be read."""
    listed = {file for file, _ in links(INDEX)}
    assert {page for page in PAGES if page.parent == INDEX.parent} - listed - {INDEX} == set()
    assert INDEX in {file for file, _ in links(ROOT / "README.md")}


@pytest.mark.parametrize("page", INSTRUCTIONS, ids=lambda page: str(page.relative_to(ROOT)))
def test_every_command_can_be_typed(
    page: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A command copied from a document would end in a usage message, or find no library."""
    monkeypatch.setenv("COLUMNS", "200")
    with pytest.raises(SystemExit):
        read_options(["--help"])
    known = set(re.findall(r"--[a-z]+", capsys.readouterr().out))
    text = page.read_text("utf-8")
    for options in COMMAND.findall(text):
        assert set(options.split()) <= known, f"{page.name}: {options}"
    for python in LAUNCHED.findall(text):
        assert python.endswith(INSTALLED), f"{page.name}: {python} launcher.py"


def test_a_mac_starts_engram_again_after_a_crash() -> None:
    """launchd would not take the file, or leave the bot off after the first crash."""
    page = (ROOT / "docs" / "deployment.md").read_text("utf-8")
    text = page[page.index("<?xml") : page.index("</plist>") + len("</plist>")]
    service = plistlib.loads(text.replace("$PWD", str(ROOT)).encode())
    assert service["WorkingDirectory"] == str(ROOT)
    assert service["ProgramArguments"] == [f"{ROOT}/.venv/bin/python", "launcher.py"]
    assert service["RunAtLoad"] is True
    assert service["KeepAlive"] == {"SuccessfulExit": False}
    assert Path(service["StandardErrorPath"]).parent.is_dir()
