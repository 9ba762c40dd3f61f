"""Reading what a bot sends: JSON, form, multipart or query string, as the Bot API takes them.

https://core.telegram.org/bots/api#making-requests
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from email.parser import BytesParser
from email.policy import HTTP
from typing import Any
from urllib.parse import parse_qsl

from bot.sandbox.model import bad_request


@dataclass(frozen=True)
class Upload:
    """A file sent with multipart/form-data."""

    name: str
    content: bytes

    def __repr__(self) -> str:
        return f"<{self.name}, {len(self.content)} bytes>"


@dataclass(frozen=True)
class Params:
    """The parameters of one call, read leniently, as the real server reads them."""

    values: dict[str, Any]

    def text(self, name: str) -> str:
        """A string; "" where there is none. Numbers count as strings."""
        value = self.values.get(name, "")
        if isinstance(value, bool | dict | list) or value is None:
            return ""
        return str(value)

    def number(self, name: str, default: int = 0) -> int:
        """An integer; the default where there is none or it is not one."""
        try:
            return int(self.values.get(name, default))
        except (TypeError, ValueError):
            return default

    def flag(self, name: str) -> bool:
        """A boolean: true, "true", "yes" or 1."""
        return str(self.values.get(name, "")).lower() in ("true", "yes", "1")

    def structure(self, name: str) -> Any:
        """An object or array, given as such or as JSON text; None where there is none."""
        value = self.values.get(name)
        if not isinstance(value, str):
            return value
        if not value:
            return None
        try:
            return json.loads(value)
        except ValueError:
            raise bad_request(f"can't parse {name.replace('_', ' ')} JSON object") from None

    @property
    def chat_id(self) -> int | None:
        """The chat the call is about, if it names one by number."""
        return self.number("chat_id") or None


def read_params(content_type: str, query: str, body: bytes) -> dict[str, Any]:
    """All parameters of a request: of the query string and of the body, whatever its form.

    Raises RefusedError 400 for a body that is not what its content type says.
    """
    values: dict[str, Any] = dict(parse_qsl(query, keep_blank_values=True))
    kind = content_type.partition(";")[0].strip().lower()
    try:
        if kind == "application/json" and body:
            values |= _json(body)
        elif kind == "application/x-www-form-urlencoded":
            values |= dict(parse_qsl(body.decode(), keep_blank_values=True))
        elif kind == "multipart/form-data":
            values |= _multipart(content_type, body)
        json.dumps(values, default=repr, ensure_ascii=False).encode()
    except UnicodeError:  # also half a surrogate pair, which JSON can spell
        raise bad_request("strings must be encoded in UTF-8") from None
    return values


def _json(body: bytes) -> dict[str, Any]:
    try:
        value = json.loads(body.decode())
    except json.JSONDecodeError:
        raise bad_request("can't parse JSON object") from None
    if not isinstance(value, dict):
        raise bad_request("expected a JSON object")
    return {key: item for key, item in value.items() if item is not None}


def _multipart(content_type: str, body: bytes) -> dict[str, Any]:
    head = f"Content-Type: {content_type}\r\n\r\n".encode()
    message = BytesParser(policy=HTTP).parsebytes(head + body)
    values: dict[str, Any] = {}
    for part in message.iter_parts():
        name = part.get_param("name", header="content-disposition")
        content = part.get_payload(decode=True)
        if not isinstance(name, str) or not isinstance(content, bytes):
            raise bad_request("can't parse multipart form data")
        filename = part.get_filename()
        values[name] = Upload(filename, content) if filename else content.decode()
    return values
