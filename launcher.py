"""Start Engram, with the config.ini and .env that stand beside this file."""

import sys
from pathlib import Path

MISSING = """\
Engram's libraries are not installed for this Python ({name} is missing). As README.md says:

    python3 -m venv .venv && .venv/bin/pip install -q -e .
    .venv/bin/python launcher.py

On Windows: py -m venv .venv, then .venv\\Scripts\\pip and .venv\\Scripts\\python.
"""


def start() -> int:
    """Run Engram, and return its exit code; 2, and what to install, where libraries are missing."""
    try:
        # Not above: what is missing there ends in a traceback.
        from engram.app import main
    except ModuleNotFoundError as err:
        if (err.name or "").startswith("engram"):
            raise
        sys.stderr.write(MISSING.format(name=err.name))
        return 2
    return main(home=Path(__file__).resolve().parent)


if __name__ == "__main__":
    sys.exit(start())
