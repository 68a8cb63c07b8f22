"""The four ways in which a client may pass parameters to the Bot API."""

from __future__ import annotations

import json
import re
from typing import Any
from urllib.parse import parse_qsl

from tests.doubles.server import Request

_NAME = re.compile(rb'\bname="([^"]*)"')


def parameters(request: Request) -> dict[str, Any]:
    """Query string and body (URL-encoded, JSON or multipart) as one dict.

    Values are text, uploaded files are bytes, and a JSON body keeps its types. Raises ValueError
    when the body is not what its Content-Type says.
    """
    params: dict[str, Any] = dict(parse_qsl(request.query, keep_blank_values=True))
    kind = request.headers.get("content-type", "")
    if kind.startswith("application/json"):
        return params | dict(json.loads(request.body or b"{}"))
    if kind.startswith("application/x-www-form-urlencoded"):
        return params | dict(parse_qsl(request.body.decode(), keep_blank_values=True))
    if kind.startswith("multipart/form-data"):
        boundary = kind.partition("boundary=")[2].strip('"').encode()
        return params | _multipart(request.body, boundary)
    return params


def _multipart(body: bytes, boundary: bytes) -> dict[str, Any]:
    fields: dict[str, Any] = {}
    for part in (b"\r\n" + body).split(b"\r\n--" + boundary)[1:-1]:
        head, _, content = part.partition(b"\r\n\r\n")
        name = _NAME.search(head)
        if name is None:
            raise ValueError("a part without a name")
        fields[name[1].decode()] = content if b"filename" in head else content.decode()
    return fields
