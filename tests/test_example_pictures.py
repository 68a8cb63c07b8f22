"""The conversations of docs/pictures.md are those that the bot has."""

from tests.conftest import ROOT
from tests.example_pictures import in_telegram, in_the_terminal, of_the_table

ADVICE = "run python3 -m tests.example_pictures, and put into docs/pictures.md what it prints"
PAGE = (ROOT / "docs" / "pictures.md").read_text("utf-8")


def test_the_page_shows_what_is_said_in_telegram():
    """Somebody would send what the bot does not take, or wait for a button that is not there."""
    said = in_telegram().said
    assert len(said) == 9
    for text in said:
        assert f"\n{text.strip()}\n" in PAGE, f"{ADVICE}:\n{text}"


def test_the_page_shows_what_the_terminal_prints():
    """Somebody would type a command that prints something else."""
    assert f"\n{in_the_terminal()}\n" in PAGE, ADVICE


def test_the_page_shows_what_a_model_is_given_of_a_table():
    """A trader would take the model's word about rows that it has never seen."""
    assert f"\n{of_the_table()}\n" in PAGE, ADVICE
