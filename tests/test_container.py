"""The container's files: what they name is there, and only what the image needs is in it."""

import configparser
import json
import os
import re
import shutil
import subprocess
from pathlib import Path

import pytest

from engram.config.load import SECRETS, load
from engram.options import read_options
from tests.conftest import ROOT

DOCKERFILE = (ROOT / "Dockerfile").read_text()
COMPOSE = (ROOT / "compose.yaml").read_text()
ADDRESS = "http://host.docker.internal:1234"
# What the environment of whoever builds may hold beside the code.
PRIVATE = (".env", ".git", "engram.db", "logs", "tests", ".venv")


def instructions(name):
    """What follows each instruction of that name, its lines joined."""
    return re.findall(rf"^{name} (.*)$", DOCKERFILE.replace("\\\n", " "), re.MULTILINE)


def listed(name):
    """The entries of a list in compose.yaml."""
    block = re.search(rf"^ +{name}:\n((?: +[-#].*\n)+)", COMPOSE, re.MULTILINE)
    return re.findall(r"^ +- (.*)$", block[1], re.MULTILINE)


def test_the_image_is_built_of_what_is_there():
    """The build would end at the first step, or miss what the package names."""
    copied = {
        source
        for line in instructions("COPY")
        if not line.startswith("--from")
        for source in line.split()[:-1]
    }
    setup = configparser.ConfigParser()
    setup.read(ROOT / "setup.cfg")
    metadata = setup["metadata"]
    needed = {metadata["long_description"].removeprefix("file: "), metadata["license_files"]}
    assert copied == {"engram", "pyproject.toml", "setup.cfg", *needed}
    assert all((ROOT / one).exists() for one in copied)


def test_nothing_private_gets_into_the_image():
    """Whoever has the image would have the bot's token, or all that was ever said to it."""
    lines = (ROOT / ".dockerignore").read_text().splitlines()
    rules = [line for line in lines if line and not line.startswith("#")]
    assert rules[0] == "*"
    assert not {f"!{one}" for one in PRIVATE} & {*rules}
    assert {one[1:] for one in rules if one.startswith("!")} == {
        "engram", "pyproject.toml", "setup.cfg", "README.md", "LICENSE",
    }  # fmt: skip


def test_the_container_asks_for_options_that_there_are():
    """The container would be called unhealthy for ever, or not start."""
    (entrypoint,), (check,) = instructions("ENTRYPOINT"), instructions("HEALTHCHECK")
    assert json.loads(entrypoint) == ["engram"]
    program, *arguments = json.loads(check.partition("CMD ")[2])
    assert program == "engram"
    assert read_options(arguments).quick


def test_the_image_has_a_python_that_is_tested():
    """The image would be the first to meet that version."""
    first, second = instructions("FROM")
    assert first == f"{second} AS build"
    version = re.fullmatch(r"python:([\d.]+)-slim", second)[1]
    tested = (ROOT / ".github/workflows/ci.yml").read_text()
    assert f'"{version}"' in re.search(r"python: \[(.*)\]", tested)[1]


def test_what_is_kept_is_in_the_volume():
    """An update would begin with an empty store, and without the token."""
    (folder,) = instructions("VOLUME")
    assert instructions("WORKDIR")[-1] == folder
    assert listed("volumes") == [f"data:{folder}"]
    assert f"MPLCONFIGDIR={folder}/" in instructions("ENV")[0]
    assert {*SECRETS} == {*listed("environment")}


@pytest.mark.skipif(os.name == "nt", reason="the image has a shell and sed, Windows has not")
def test_the_first_start_looks_for_lm_studio_on_the_host(tmp_path):
    """In a container `localhost` is the container: no model would ever answer."""
    (command,) = (one for one in instructions("RUN") if one.startswith("sed "))
    template = Path("engram", "config", "template")
    shutil.copytree(ROOT / template, tmp_path / template)
    subprocess.run(command, shell=True, cwd=tmp_path, check=True)  # noqa: S602 - the Dockerfile's
    settings = load(tmp_path / "config.ini", {})
    assert settings.lmstudio.url == (ADDRESS,)
    assert listed("extra_hosts") == ["host.docker.internal:host-gateway"]
    changed = (
        (tmp_path / "config.ini")
        .read_text()
        .replace(f"{ADDRESS} ", "http://localhost:1234" + " " * 12)
    )
    assert changed == (ROOT / "config.ini").read_text(), "and nothing else is another"
