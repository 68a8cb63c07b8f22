"""Tests, and the tools that measure Engram."""

import os
import sys

# Where Python is told to keep no bytecode, each process that a test starts would compile Engram
# anew, and pytest would rewrite each module of tests in each of its workers.
sys.dont_write_bytecode = False
os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
