"""Builds Engram as it is handed out, checks it, and starts it where there is no checkout.

Run `python -m tests.wheel` after `pip install -e '.[wheel]'`.
"""

import os
import subprocess
import sys
import tempfile
from pathlib import Path

from engram import __version__

ROOT = Path(__file__).parent.parent
TEMPLATE = Path("engram", "config", "template")


def main() -> None:
    """Build, check and start it; ends in an error at the first thing that is wrong."""
    with tempfile.TemporaryDirectory() as folder:
        built, installed, home = (Path(folder, name) for name in ("dist", "installed", "home"))
        # The wheel is made of the source archive, which is complete then, too.
        _python("build", "--outdir", str(built), str(ROOT))
        _python("twine", "check", "--strict", *map(str, built.iterdir()))
        (wheel,) = built.glob("*.whl")
        _python("check_wheel_contents", str(wheel))
        _python("pip", "install", "--no-deps", "--target", str(installed), str(wheel))
        for name, original in (("config.ini", "config.ini"), ("env", ".env.example")):
            same = (installed / TEMPLATE / name).read_bytes() == (ROOT / original).read_bytes()
            _require(same, f"{name} in the wheel is not {original}")
        _start(installed, home)


def _start(installed: Path, home: Path) -> None:
    """Start what is `installed`, beside the libraries of this Python, in the new folder `home`."""
    home.mkdir()
    (home / "config.ini").write_text("[fallback]\norder = mock\n", encoding="utf-8")
    environment = {**os.environ, "PYTHONPATH": str(installed), "PYTHONUTF8": "1"}
    program = str(next((installed / "bin").glob("engram*")))
    for arguments, said in (
        (["--version"], f"engram {__version__}\n"),
        (["--ask", "hello"], "rule-based"),
    ):
        printed = _run(program, *arguments, cwd=home, env=environment)
        _require(said in printed, f"{arguments}: {printed}")
    code = "import engram; print(engram.__file__)"
    where = _run(sys.executable, "-c", code, cwd=home, env=environment).strip()
    _require(Path(where).is_relative_to(installed), f"{where} was started in place of the wheel")


def _python(module: str, *arguments: str) -> None:
    print(module, _run(sys.executable, "-m", module, *arguments).strip().split("\n")[-1])


def _run(*command: str, cwd: Path = ROOT, env: dict[str, str] | None = None) -> str:
    """What `command` prints."""
    done = subprocess.run(
        command, cwd=cwd, env=env, capture_output=True, encoding="utf-8", check=False
    )
    _require(done.returncode == 0, f"{' '.join(command)}:\n{done.stdout}{done.stderr}")
    return done.stdout


def _require(holds: bool, what: str) -> None:
    if not holds:
        raise SystemExit(what)


if __name__ == "__main__":
    main()
