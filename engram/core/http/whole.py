"""`WholeAdapter`: calls whose answers are read at once."""

from typing import Any

import requests
from urllib3.exceptions import DecodeError, HTTPError

from engram.core.http.arriving import chunks
from engram.core.http.hang_up import WatchedAdapter


class WholeAdapter(WatchedAdapter):
    """Reads the whole body at once, of at most `LARGEST_BODY` bytes."""

    def send(self, request: Any, *args: Any, **kwargs: Any) -> requests.Response:
        """The response, with its body. Raises `requests.RequestException`."""
        response = super().send(request, *args, **{**kwargs, "stream": True})
        self.received(response)
        try:
            body = b"".join(chunks(response))
        except DecodeError as err:
            raise requests.exceptions.ContentDecodingError(err) from err
        except HTTPError as err:
            raise requests.ConnectionError(err) from err
        # The place where requests itself keeps a body that it has read. It would look for another
        # encoding than that of JSON, some of which take long.
        response._content, response.encoding = body, "utf-8"
        return response

    def received(self, response: requests.Response) -> None:
        """Take note of the head of a response."""
