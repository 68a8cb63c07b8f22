"""Where LM Studio may run, seen from this machine; nothing is asked here."""

import contextlib
import socket
from collections.abc import Iterator
from pathlib import Path

PORT = 1234
# VirtualBox gives its host these two addresses: with NAT, and in a host-only network.
VIRTUALBOX_HOST = ("10.0.2.2", "192.168.56.1")
CONTAINER_HOST = "host.docker.internal"


def addresses(root: Path) -> list[str]:
    """The addresses of this machine and of what it is a guest of, by files below `root`."""
    return [f"http://{host}:{PORT}" for host in _hosts(root)]


def _hosts(root: Path) -> Iterator[str]:
    yield "localhost"
    if "microsoft" in _text(root / "proc/sys/kernel/osrelease").lower():
        # In WSL, Windows is the way out.
        yield from _gateways(_text(root / "proc/net/route"))
    if "VirtualBox" in _text(root / "sys/class/dmi/id/product_name"):
        yield from VIRTUALBOX_HOST
    if (root / ".dockerenv").exists():
        yield CONTAINER_HOST


def _gateways(routes: str) -> Iterator[str]:
    """The default gateway in Linux's table of routes, which has addresses backwards."""
    for line in routes.splitlines()[1:]:
        _, destination, gateway, *_ = [*line.split(), "", "", ""]
        with contextlib.suppress(ValueError):
            if destination == "00000000" and len(address := bytes.fromhex(gateway)) == 4:
                yield socket.inet_ntoa(address[::-1])
                return


def _text(file: Path) -> str:
    """The text of `file`; "" where this system has no such file."""
    with contextlib.suppress(OSError):
        return file.read_text("utf-8", "replace")
    return ""
