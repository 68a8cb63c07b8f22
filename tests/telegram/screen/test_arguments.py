"""What telebot is given for a page."""

import pytest

from engram.core.events import Button
from engram.telegram.screen.arguments import as_file, as_keyboard, as_text, forms_of
from engram.telegram.screen.render import Page
from engram.telegram.texts import NO_FILE

BOLD = ({"type": "bold", "offset": 0, "length": 2},)
PNG = b"\x89PNG\r\n\x1a\n"


@pytest.mark.parametrize(
    ("page", "plainer"),
    [
        (Page("Up"), []),
        (Page("Up", entities=BOLD), [Page("Up")]),
        (Page("Up", chart=PNG), [Page("Up")]),
        (Page("Up", entities=BOLD, chart=PNG), [Page("Up", entities=BOLD), Page("Up")]),
        (Page("", file=("answer.md", "# Up")), [Page(NO_FILE)]),
    ],
)
def test_what_is_refused_has_plainer_forms(page, plainer):
    """A group without photos would get no panel, and one odd mark cost the whole answer."""
    assert forms_of(page) == [page, *plainer]


def test_a_text_has_its_formatting_and_no_preview_of_links():
    """Half of the screen would be the picture of some page."""
    given = as_text(Page("Up", entities=BOLD))
    assert given["text"] == "Up"
    assert [(one.type, one.offset, one.length) for one in given["entities"]] == [("bold", 0, 2)]
    assert given["link_preview_options"].is_disabled


@pytest.mark.parametrize(
    ("page", "name", "content"),
    [
        (Page("Up", chart=PNG), "chart.png", PNG),
        (Page("", file=("answer.md", "# Up ⬆")), "answer.md", "# Up ⬆".encode()),
    ],
)
def test_a_file_has_its_name_and_all_of_its_content(page, name, content):
    """The rest of a long answer could not be opened."""
    file = as_file(page)
    assert (file.file_name, file.file.read()) == (name, content)


def test_buttons_stand_in_their_rows():
    """A press would ask for another timeframe than its label says."""
    keyboard = as_keyboard(((Button("1h", "/analyze BTC 1h"), Button("4h", "/analyze BTC 4h")),))
    assert [[(one.text, one.callback_data) for one in row] for row in keyboard.keyboard] == [
        [("1h", "/analyze BTC 1h"), ("4h", "/analyze BTC 4h")]
    ]
    assert as_keyboard(()) is None
