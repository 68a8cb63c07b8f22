"""The terminal chat, in a real terminal."""

import pytest

from tests.terminal.pseudo_terminal import Terminal


@pytest.fixture
def open_terminal(tmp_path, lmstudio):
    """Open a terminal with the chat in it, and the model server behind it."""
    pytest.importorskip("pty", reason="Windows has no pseudo-terminals")
    made = []

    def start(market, *arguments, more="", **how):
        config = f"[lmstudio]\nurl = {lmstudio.url}\n{more}\n[market]\nexchange ={market}\n"
        (tmp_path / "config.ini").write_text(config)
        made.append(Terminal(tmp_path, "--config", "config.ini", *arguments, **how))
        made[-1].wait_for_prompt()
        return made[-1]

    yield start
    for one in made:
        one.close()


@pytest.fixture
def terminal(open_terminal):
    """One without market data."""
    return open_terminal("", "--console")
