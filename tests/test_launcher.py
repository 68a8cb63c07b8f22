"""Starting Engram with the first Python that is at hand."""

import ast
import importlib
import shutil
import subprocess
import sys
from types import ModuleType

import pytest

from tests.conftest import ROOT, clean_environment

INSTALL = "python3 -m venv {}.venv && .venv/bin/pip install -q -e . && .venv/bin/python launcher.py"
INSTALL_ON_WINDOWS = (
    "py -m venv {}.venv, then .venv\\Scripts\\pip install -q -e ., then "
    ".venv\\Scripts\\python launcher.py"
)
MISSING = ModuleNotFoundError("No module named 'dotenv'", name="dotenv")


class Broken(ModuleType):
    """A module of which nothing can be had."""

    def __init__(self, err):
        super().__init__("broken")
        self.err = err

    def __getattr__(self, name):
        raise self.err


@pytest.fixture(params=["linux", "win32"])
def launcher(request, tmp_path, monkeypatch):
    """launcher.py in a folder without anything, for a system's own Python."""
    shutil.copy(ROOT / "launcher.py", tmp_path)
    monkeypatch.chdir(tmp_path)
    monkeypatch.syspath_prepend(str(tmp_path))
    monkeypatch.setattr(sys, "platform", request.param)
    monkeypatch.setattr(sys, "prefix", sys.base_prefix)
    monkeypatch.delitem(sys.modules, "launcher", raising=False)
    return importlib.import_module("launcher")


@pytest.fixture
def said(launcher, monkeypatch):
    """The sentence with which it leaves where Engram cannot be imported for that reason."""

    def leave(err=MISSING):
        monkeypatch.setitem(sys.modules, "engram.app", Broken(err))
        with pytest.raises(SystemExit) as left:
            launcher.start()
        (sentence,) = left.value.args
        assert isinstance(sentence, str), "the exit code would not be 1"
        assert "\n" not in sentence
        return sentence

    return leave


def make_venv(launcher):
    """What `python3 -m venv .venv` makes."""
    python = launcher.VENV / ("Scripts/python.exe" if launcher.IS_WINDOWS else "bin/python")
    python.parent.mkdir(parents=True)
    python.touch()


@pytest.mark.parametrize(("option", "start"), [("--check", ""), ("--setup", " --setup")])
def test_without_the_packages_it_says_in_one_sentence_how_to_install_them(option, start):
    """A newcomer who types python3 would be met by a traceback, or come out at another place."""
    # -S: as if nothing were installed.
    done = subprocess.run(
        [sys.executable, "-S", str(ROOT / "launcher.py"), option],
        env=clean_environment(), capture_output=True, text=True, encoding="utf-8", check=False,
    )  # fmt: skip
    assert done.returncode == 1
    (line,) = done.stderr.splitlines()
    assert line.startswith("Not all of Engram's packages are installed for this Python (No module")
    assert line.partition("run ")[2].endswith(f"launcher.py{start}")


def test_the_command_is_the_one_that_fits(launcher, said, tmp_path, monkeypatch):
    """Somebody would install Engram a second time, or into the Python of the system."""
    install = INSTALL_ON_WINDOWS if launcher.IS_WINDOWS else INSTALL
    start = f"run {launcher.PYTHON} launcher.py"
    assert said().endswith(f": run {install.format('')}")
    # Its Python was taken away by an update of the system: venv alone would leave it so.
    launcher.VENV.mkdir()
    assert said().endswith(f": run {install.format('--clear ')}")
    make_venv(launcher)
    assert said().endswith(f": {start}")
    monkeypatch.chdir(tmp_path.parent)
    assert said().endswith(f": in {tmp_path}, {start}")


def test_what_another_user_has_made_is_no_environment(launcher, said, monkeypatch):
    """After a `sudo python3 -m venv` people would be met by a traceback."""
    make_venv(launcher)

    def exists(file):
        if file == launcher.VENV:
            return True
        raise PermissionError

    monkeypatch.setattr(launcher.Path, "exists", exists)
    monkeypatch.setattr(launcher.os, "access", lambda *_: False)
    assert "venv --clear .venv" in said()


def test_a_virtual_environment_is_completed(launcher, said, tmp_path, monkeypatch):
    """Somebody would be told to start it as they have just started it."""
    make_venv(launcher)
    monkeypatch.setattr(sys, "prefix", str(launcher.VENV))
    then = ", then " if launcher.IS_WINDOWS else " && "
    mended = f"run {launcher.PYTHON} -m pip install -q -e .{then}{launcher.PYTHON} launcher.py"
    assert said().endswith(f": {mended}")
    shutil.rmtree(launcher.VENV)
    monkeypatch.setattr(sys, "executable", "/my own/python")
    own = '"/my own/python"'
    assert said().endswith(f": run {own} -m pip install -q -e .{then}{own} launcher.py")


@pytest.mark.parametrize(
    "err",
    [
        ImportError("libssl.so.3: cannot open it\nsee above", name="_ssl"),
        ModuleNotFoundError("No module named 'dotenv.main'", name="dotenv.main"),
        SyntaxError("source code string cannot contain null bytes"),
    ],
)
def test_a_package_that_is_only_half_there_is_installed_anew(said, monkeypatch, err):
    """pip would say that it is there already, and nothing would change."""
    monkeypatch.setattr(sys, "prefix", "/some/environment")
    assert "-m pip install -q --force-reinstall -e ." in said(err)


@pytest.mark.parametrize("kind", [ImportError, ModuleNotFoundError, SyntaxError])
def test_files_of_two_versions_are_named(launcher, said, kind):
    """An update that was broken off would look like a package that is not installed."""
    if kind is SyntaxError:
        err = kind("no Python", (str(launcher.HERE / "engram" / "core" / "new.py"), 1, 1, "x"))
    else:
        err = kind("no engram.core.new", name="engram.core.new")
    sentence = said(err)
    assert sentence.startswith(f"Engram's files do not belong together ({err}): get")


def test_an_old_python_is_told_so(launcher, said, monkeypatch):
    """Somebody with an old system would be met by a syntax error."""
    monkeypatch.setattr(sys, "version_info", (3, 9, 2, "final", 0))
    begin = "Engram needs Python 3.10 or newer, and this is Python 3.9.2: "
    assert said() == begin + launcher.NEWER
    make_venv(launcher)
    assert said() == f"{begin}run {launcher.PYTHON} launcher.py"
    ast.parse((ROOT / "launcher.py").read_text("utf-8"), feature_version=(3, 6))


def test_the_oldest_python_is_that_of_the_package(launcher):
    """The launcher would let in a Python that pip refuses, or refuse one that works."""
    oldest = ".".join(map(str, launcher.OLDEST))
    assert f"python_requires = >={oldest}\n" in (ROOT / "setup.cfg").read_text("utf-8")
