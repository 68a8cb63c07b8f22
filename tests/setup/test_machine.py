"""Where LM Studio may be, by the files of a machine."""

import pytest

from engram.setup.machine import addresses

HEAD = "Iface\tDestination\tGateway \tFlags\tRefCnt\tUse\tMetric\tMask\t\tMTU\tWindow\tIRTT\n"
LINK = "eth0\t0010A8C0\t00000000\t0001\t0\t0\t0\tF0FFFFFF\t0\t0\t0\n"
DEFAULT = "eth0\t00000000\t011BA8C0\t0003\t0\t0\t0\t00000000\t0\t0\t0\n"
WSL = {"proc/sys/kernel/osrelease": "5.15.167.4-microsoft-standard-WSL2\n"}
ROUTE = "proc/net/route"
PRODUCT = "sys/class/dmi/id/product_name"


@pytest.mark.parametrize(
    ("files", "hosts"),
    [
        ({}, []),
        ({ROUTE: HEAD + DEFAULT}, []),
        ({**WSL, ROUTE: HEAD + LINK + DEFAULT}, ["192.168.27.1"]),
        ({**WSL, ROUTE: HEAD + LINK}, []),
        (WSL, []),
        ({**WSL, ROUTE: f"{HEAD}\neth0 00000000\neth0 00000000 xyz\neth0 00000000 01\n"}, []),
        ({PRODUCT: "VirtualBox\n"}, ["10.0.2.2", "192.168.56.1"]),
        ({PRODUCT: "\udcffKVM"}, []),
        ({".dockerenv": ""}, ["host.docker.internal"]),
    ],
)
def test_a_guest_looks_at_its_host(tmp_path, files, hosts):
    """Whoever runs Engram in WSL or VirtualBox would have to find out an address first."""
    for name, text in files.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_bytes(text.encode(errors="surrogateescape"))
    expected = [f"http://{host}:1234" for host in ("localhost", *hosts)]
    assert addresses(tmp_path) == expected
