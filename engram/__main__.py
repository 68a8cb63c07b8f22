"""`python3 -m engram` is the same as `python3 launcher.py`, for the current folder."""

from engram.app import main

if __name__ == "__main__":
    raise SystemExit(main())
