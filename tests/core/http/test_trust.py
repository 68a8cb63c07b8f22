"""Whose certificates are trusted, by real handshakes on the loopback."""

from __future__ import annotations

import ssl
import threading
from collections.abc import Iterator
from datetime import datetime, timedelta, timezone
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path

import pytest
import requests
from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec

from engram.core.http import trust
from engram.core.http.hang_up import HangUpSession
from tests.machine_speed import LONG


class Greeting(BaseHTTPRequestHandler):
    """Answers everything with nothing."""

    def do_GET(self) -> None:
        """Answer."""
        self.send_response(204)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        """Print nothing."""


def write_certificate(file: Path) -> None:
    """Write a key, and a certificate of localhost that nobody else has signed."""
    key, name = ec.generate_private_key(ec.SECP256R1()), x509.Name([])
    now = datetime.now(timezone.utc)
    builder = x509.CertificateBuilder(name, name, key.public_key(), x509.random_serial_number())
    builder = builder.not_valid_before(now - timedelta(days=1))
    builder = builder.not_valid_after(now + timedelta(days=1))
    own = x509.SubjectAlternativeName([x509.DNSName("localhost")])
    certificate = builder.add_extension(own, critical=True).sign(key, hashes.SHA256())
    pem = serialization.Encoding.PEM
    plain = serialization.PrivateFormat.PKCS8, serialization.NoEncryption()
    file.write_bytes(key.private_bytes(pem, *plain) + certificate.public_bytes(pem))


@pytest.fixture
def certificate(tmp_path: Path) -> Path:
    """The certificate of the server."""
    write_certificate(tmp_path / "server.pem")
    return tmp_path / "server.pem"


@pytest.fixture
def port(certificate: Path) -> Iterator[int]:
    """Where a server of localhost answers by TLS."""
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    context.load_cert_chain(certificate)
    with ThreadingHTTPServer(("127.0.0.1", 0), Greeting) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        serving = threading.Thread(target=server.serve_forever, args=(0.01,))
        serving.start()
        yield server.server_port
        server.shutdown()
        serving.join()


def trust_only(monkeypatch: pytest.MonkeyPatch, file: Path) -> list[object]:
    """Have that be all that requests trusts; what is read from now on is noted."""
    read: list[object] = []
    load = ssl.SSLContext.load_verify_locations

    def noting(context: ssl.SSLContext, *which: str | None) -> None:
        read.append(which[0])
        load(context, *which)

    for name in ("REQUESTS_CA_BUNDLE", "CURL_CA_BUNDLE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setattr(ssl.SSLContext, "load_verify_locations", noting)
    monkeypatch.setattr(trust, "DEFAULT_CA_BUNDLE_PATH", str(file))
    monkeypatch.setattr(trust, "trusted", trust.trusted.__wrapped__)
    known = trust.trusted()
    monkeypatch.setattr(trust, "trusted", lambda: known)
    return read


def test_certificates_are_read_once_for_all_connections(
    monkeypatch: pytest.MonkeyPatch, certificate: Path, port: int
) -> None:
    """Each connection to Telegram would take 0.8 MB, and 20 ms before it sends anything."""
    read = trust_only(monkeypatch, certificate)
    for _ in range(3):
        with HangUpSession() as session:
            assert session.get(f"https://localhost:{port}", timeout=LONG).status_code == 204
    assert read == [str(certificate)]


@pytest.mark.parametrize(("host", "is_known"), [("localhost", False), ("127.0.0.1", True)])
def test_a_server_that_proves_nothing_is_refused(
    monkeypatch: pytest.MonkeyPatch,
    certificate: Path,
    port: int,
    tmp_path: Path,
    host: str,
    is_known: bool,
) -> None:
    """Whoever sits between could read all messages, and the bot's token."""
    write_certificate(tmp_path / "other.pem")
    trust_only(monkeypatch, certificate if is_known else tmp_path / "other.pem")
    with HangUpSession() as session, pytest.raises(requests.exceptions.SSLError, match="VERIFY"):
        session.get(f"https://{host}:{port}", timeout=LONG)


def test_what_the_environment_names_is_trusted_in_its_place(
    monkeypatch: pytest.MonkeyPatch, certificate: Path, port: int, tmp_path: Path
) -> None:
    """The proxy of a company, which has a certificate of its own, would let nothing pass."""
    write_certificate(tmp_path / "other.pem")
    trust_only(monkeypatch, tmp_path / "other.pem")
    monkeypatch.setenv("REQUESTS_CA_BUNDLE", str(certificate))
    with HangUpSession() as session:
        assert session.get(f"https://localhost:{port}", timeout=LONG).status_code == 204
