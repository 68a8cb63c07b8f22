"""What the tests of the store share."""

import pytest


@pytest.fixture
def path(tmp_path):
    """Where the store is."""
    return tmp_path / "engram.db"
