"""A requests session for calls to an exchange: JSON only, of bounded size."""

import json
from collections.abc import Callable, Mapping
from typing import Any

import requests
from requests.adapters import HTTPAdapter

from engram.core.http.hang_up import HangUpSession
from engram.core.http.headers import http_date, retry_after
from engram.core.http.whole import WholeAdapter

# Binance bans for up to three days (s); what asks for more is taken for a mistake.
LONGEST_BAN = 3 * 86_400.0


class CallSession(HangUpSession):
    """The session through which calls, one at a time, send their requests.

    `response` is the last response, None if this call has none. A body of more than `LARGEST_BODY`
    bytes, or the body of a success that is not JSON, raises `requests.RequestException`. `told`
    hears the HTTP status of each request that was sent, 0 if no whole answer came.
    """

    def __init__(self, proxy: str = "", told: Callable[[int], None] = lambda _: None) -> None:
        super().__init__()
        self.told = told
        self.response: requests.Response | None = None
        if proxy:
            # requests prefers a proxy of the environment to one of the session.
            self.trust_env = False
            self.proxies = {"http": proxy, "https": proxy}

    def _adapter(self) -> HTTPAdapter:
        return _JsonAdapter(self)

    @property
    def resends(self) -> bool:
        """Whether this is the first request of a call, whose connection another call has kept."""
        return self.response is None

    @property
    def status(self) -> int:
        """The HTTP status of the last response, 0 when there was none."""
        return self.response.status_code if self.response is not None else 0

    @property
    def server_time(self) -> float | None:
        """The server's clock when it got the request, at most a second early; None if it sent none.

        From the `Date` header (RFC 9110, 6.6.1), which has no fractions of a second, less the time
        that the answer took: whatever was over by then was over when the server looked it up.
        """
        date = http_date(self._headers.get("Date", ""))
        if date is None or self.response is None:
            return None
        return date - self.response.elapsed.total_seconds()

    @property
    def retry_after(self) -> float | None:
        """The seconds that the server asks to wait, None when it does not."""
        asked = retry_after(self._headers)
        return None if asked is None else min(asked, LONGEST_BAN)

    @property
    def _headers(self) -> Mapping[str, str]:
        return self.response.headers if self.response is not None else {}


class _JsonAdapter(WholeAdapter):
    def __init__(self, session: CallSession) -> None:
        super().__init__(session)
        self._call = session

    def received(self, response: requests.Response) -> None:
        """Have the head at hand while the body comes."""
        self._call.response = response

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """The response, its body read and checked. Raises `requests.RequestException`."""
        status = 0
        try:
            response = super().send(request, *args, **kwargs)
            status = response.status_code
        finally:
            self._call.told(status)
        if response.ok:
            try:
                json.loads(response.content)
            except (ValueError, RecursionError) as err:
                # ccxt would pass the text on, and take each of its characters for a candle.
                raise requests.exceptions.InvalidJSONError("not JSON") from err
        return response
