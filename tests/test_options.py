"""The command line's mistakes."""

import pytest

from engram.options import read_options


def test_what_is_not_known_is_masked(capsys):
    """A token that was given as an argument would be printed."""
    with pytest.raises(SystemExit, match="2"):
        read_options(["--token", "abc"], lambda text: text.replace("abc", "***"))
    assert capsys.readouterr().err.endswith("error: unrecognized arguments: --token ***\n")


@pytest.mark.parametrize("typed", ["--chek", "check", "-check"])
def test_a_slip_is_named(typed, capsys):
    """A newcomer would have to look for the difference in the list of all options."""
    with pytest.raises(SystemExit, match="2"):
        read_options([typed])
    error = f'error: unrecognized arguments: {typed}; did you mean "--check"?\n'
    assert capsys.readouterr().err.endswith(error)


def test_options_are_read():
    """The launcher would do something else than it was asked to."""
    options = read_options(["--ask", "hi", "--continue", "--config", "x.ini"])
    assert (options.ask, options.go_on, options.check) == ("hi", True, False)
    assert options.config.name == "x.ini"
