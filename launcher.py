"""Start Engram, with the config.ini and .env that stand beside this file.

Python 3.6 can read this file, too: so people with an old one are told that it is too old.
"""

import os
import sys
from pathlib import Path

OLDEST = (3, 10)
HERE = Path(__file__).resolve().parent
VENV = HERE / ".venv"
IS_WINDOWS = sys.platform == "win32"
PYTHON = ".venv\\Scripts\\python" if IS_WINDOWS else ".venv/bin/python"

# What whoever wants to be asked for the rest has to type again.
START = "launcher.py --setup" if "--setup" in sys.argv else "launcher.py"

TOO_OLD = "Engram needs Python 3.10 or newer, and this is Python {version}: {remedy}"
INCOMPLETE = "Not all of Engram's packages are installed for this Python ({reason}): {remedy}"
TORN = "Engram's files do not belong together ({reason}): get all of them again, of one version"
NEWER = "install a newer one, and make .venv with it as README.md says"


def start() -> int:
    """Run Engram, and return its exit code; where it cannot be loaded, leave with what to do."""
    if sys.version_info[:2] < OLDEST:
        version = ".".join(map(str, sys.version_info[:3]))
        sys.exit(TOO_OLD.format(version=version, remedy=_start_with_venv() or NEWER))
    try:
        # Not above: what is missing there ends in a traceback.
        from engram.app import main
    except (ImportError, SyntaxError) as err:
        # After a power cut a file can be full of zeros, which are no Python.
        name, file = getattr(err, "name", None) or "", getattr(err, "filename", None) or ""
        reason = str(err).split("\n")[0]
        if name.partition(".")[0] == "engram" or HERE / "engram" in Path(file).parents:
            sys.exit(TORN.format(reason=reason))
        # pip leaves what it believes to be there as it is.
        is_there = not isinstance(err, ModuleNotFoundError) or "." in name
        remedy = _start_with_venv() or _install("--force-reinstall " if is_there else "")
        sys.exit(INCOMPLETE.format(reason=reason, remedy=remedy))
    return main(home=HERE)


def _start_with_venv() -> str:
    """How to start it with the Python that was installed for it, if there is another one."""
    # Path.exists raises an error for what another user has made for nobody else.
    is_there = os.access(VENV / ("Scripts/python.exe" if IS_WINDOWS else "bin/python"), os.F_OK)
    return _run(f"{PYTHON} {START}") if is_there and not _is_venv() else ""


def _install(again: str) -> str:
    """How to install the packages, for this Python if it is a virtual environment."""
    if sys.prefix != sys.base_prefix:
        python = PYTHON if _is_venv() else f'"{sys.executable}"'
        return _run(f"{python} -m pip install -q {again}-e .", f"{python} {START}")
    python, clear = "py" if IS_WINDOWS else "python3", "--clear " if VENV.exists() else ""
    make = f"{python} -m venv {clear}.venv"
    return _run(make, f"{PYTHON[:-6]}pip install -q -e .", f"{PYTHON} {START}")


def _is_venv() -> bool:
    """Whether this is the Python of .venv."""
    return VENV.exists() and VENV.samefile(sys.prefix)


def _run(*commands: str) -> str:
    """The words that tell somebody to type the `commands`."""
    where = "run " if HERE.samefile(".") else f"in {HERE}, run "
    # Windows PowerShell does not know "&&".
    return where + (", then " if IS_WINDOWS else " && ").join(commands)


if __name__ == "__main__":
    sys.exit(start())
