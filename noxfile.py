"""What takes longer than one test run: other Pythons, the lowest versions, all linters.

`nox` runs the tests with every Python from 3.10 to 3.14 that is installed; `nox -s lowest` with the
oldest packages that setup.cfg allows; `nox -s lint` what pre-commit and the type checker say;
`nox -s wheel` builds the package and tries it.
"""

import nox

nox.options.sessions = ["lint", "tests"]
nox.options.error_on_missing_interpreters = False


@nox.session(python=["3.10", "3.11", "3.12", "3.13", "3.14"])
def tests(session: nox.Session) -> None:
    """Run the tests with the newest packages."""
    session.install("-e", ".[test]")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session(python=["3.10", "3.11"])
def lowest(session: nox.Session) -> None:
    """Run the tests with the lowest versions of everything that setup.cfg names."""
    session.install("uv")
    # uv compiles nothing by itself, and ccxt then takes longer to import than the tests wait.
    install = ("uv", "pip", "install", "--compile-bytecode", "--resolution", "lowest-direct")
    session.run(*install, "-e", ".[test]")
    session.run("python", "-m", "pytest", *session.posargs)


@nox.session
def lint(session: nox.Session) -> None:
    """Run what pre-commit runs, on all files, and the type checker."""
    session.install("-e", ".[test]", "pre-commit")
    session.run("pre-commit", "run", "--all-files", "--show-diff-on-failure")
    session.run("mypy", "--strict", "engram", "launcher.py")


@nox.session
def wheel(session: nox.Session) -> None:
    """Build the package, check it, and start it where there is no checkout."""
    session.install("-e", ".[wheel]")
    session.run("python", "-m", "tests.wheel")
