"""Whose certificates are trusted: read once, and not for each connection."""

import ssl
from functools import cache
from typing import Any

from requests.adapters import DEFAULT_CA_BUNDLE_PATH, HTTPAdapter
from urllib3.util.ssl_ import create_urllib3_context


@cache
def trusted() -> ssl.SSLContext:
    """What requests trusts; to read it takes 20 ms, and 0.8 MB as long as it is kept."""
    context = create_urllib3_context()
    context.load_verify_locations(DEFAULT_CA_BUNDLE_PATH)
    return context


class TrustingAdapter(HTTPAdapter):
    """Trusts what requests does; all connections share it, unless something else is wanted."""

    def build_connection_pool_key_attributes(self, *args: Any, **kwargs: Any) -> Any:
        """What urllib3 is told of a server."""
        server, how = super().build_connection_pool_key_attributes(*args, **kwargs)
        # Nothing that requests or its environment wants: no file, no certificate of one's own.
        if server["scheme"] == "https" and how == {"cert_reqs": "CERT_REQUIRED"}:
            return server, {**how, "ssl_context": trusted()}
        return server, how

    def cert_verify(self, conn: Any, *args: Any, **kwargs: Any) -> None:
        """Have the server's certificate verified, as requests does."""
        parent: Any = super()
        parent.cert_verify(conn, *args, **kwargs)
        # A proxy with TLS is checked by the file that is named; otherwise it would be read, and
        # added to what is shared, for each connection.
        if "ssl_context" in conn.conn_kw and not (conn.proxy and conn.proxy.scheme == "https"):
            conn.ca_certs = None
