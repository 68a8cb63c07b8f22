"""Start Engram: `python3 launcher.py`, with the config.ini and .env that stand beside this file."""

import sys
from pathlib import Path

from engram.app import main

if __name__ == "__main__":
    sys.exit(main(home=Path(__file__).resolve().parent))
