"""For which conversation something is armed."""

import pytest

from engram.chat.watching.place import home


@pytest.mark.parametrize(
    ("chat", "where"),
    [("7", "7"), ("-100123", "-100123"), ("-100123/5", "-100123/5"), ("console", "console"),
     ("ask", "console")],
)  # fmt: skip
def test_all_of_the_terminal_is_one_place(chat, where):
    """What a single question arms would be looked at, and told to nobody."""
    assert home(chat) == where
