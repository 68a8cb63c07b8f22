"""Starting Engram with the first Python that is at hand."""

import subprocess
import sys

from tests.conftest import ROOT, clean_environment


def test_without_the_libraries_it_says_how_to_install_them():
    """A newcomer who types python3 would be met by a traceback."""
    # -S: as if nothing were installed.
    done = subprocess.run(
        [sys.executable, "-S", str(ROOT / "launcher.py"), "--check"],
        env=clean_environment(), capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 2
    assert ".venv/bin/pip install" in done.stderr
    assert "Traceback" not in done.stderr
