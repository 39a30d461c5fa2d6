"""What clients send, checked before anything is done with it."""

import re
from typing import Any

ROOM = re.compile(r"[A-Za-z0-9_-][A-Za-z0-9_.:~-]{0,127}")
NAME_LENGTH = 64
ID_LENGTH = 128


class PayloadError(Exception):
    """The text names the field, for the one who wrote the client."""


def table(value: object, what: str = "the payload") -> dict[str, Any]:
    if not isinstance(value, dict):
        raise PayloadError(f"{what} must be an object")
    return value


def field(data: dict[str, Any], name: str) -> dict[str, Any]:
    return table(data.get(name), name)


def text(data: dict[str, Any], name: str) -> str:
    value = data.get(name)
    if not isinstance(value, str) or not 0 < len(value) <= ID_LENGTH:
        raise PayloadError(f"{name} must be a text of 1 to {ID_LENGTH} characters")
    return value


def one_of(data: dict[str, Any], name: str, *choices: str) -> str:
    value = data.get(name)
    if value not in choices:
        raise PayloadError(f"{name} must be one of: {', '.join(choices)}")
    return str(value)


def room_id(data: dict[str, Any]) -> str:
    value = data.get("roomId")
    if not isinstance(value, str) or ROOM.fullmatch(value) is None:
        raise PayloadError("roomId must be 1 to 128 letters, digits or _ - . : ~ and not start with a dot")
    return value


def user_name(data: dict[str, Any]) -> str:
    value = data.get("name", "")
    if not isinstance(value, str) or len(value) > NAME_LENGTH:
        raise PayloadError(f"name must be a text of at most {NAME_LENGTH} characters")
    return value.strip() or "guest"
