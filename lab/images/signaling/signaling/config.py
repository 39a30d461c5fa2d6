"""What the container's environment says."""

import os
import socket
import uuid
from collections.abc import Mapping
from dataclasses import dataclass, field

MOST_DRAIN_S = 600
DEFAULT_ORIGINS = "https://jbcalling.site,https://www.jbcalling.site"


class ConfigError(Exception):
    """A variable holds what cannot be used; the text names it."""


@dataclass(frozen=True)
class Config:
    """One replica's settings."""

    port: int
    mediasoup_url: str
    redis_url: str
    allowed_origins: tuple[str, ...]
    """Origins a browser may come from; ("*",) lets everyone in."""
    shared_rooms: bool
    """False keeps rooms and events in this process: users on two replicas then never meet."""
    drain_s: float = 0.0
    """How long a replica that was told to stop serves on, so that the edge can learn to send nobody here."""
    hostname: str = field(default_factory=socket.gethostname)
    replica: str = field(default_factory=lambda: f"{socket.gethostname()}-{uuid.uuid4().hex[:8]}")
    """Unique to this process: a restarted container must not revive the members of its dead predecessor."""


def _room_state(value: str) -> bool:
    if value not in ("redis", "memory"):
        raise ConfigError(f"ROOM_STATE is {value!r}; it can be redis or memory")
    return value == "redis"


def _port(value: str) -> int:
    if not value.isdecimal() or not 0 < int(value) < 65536:
        raise ConfigError(f"PORT is {value!r}; it must be a number from 1 to 65535")
    return int(value)


def _seconds(name: str, value: str) -> float:
    if not value.isdecimal() or int(value) > MOST_DRAIN_S:
        raise ConfigError(f"{name} is {value!r}; it must be a number of seconds from 0 to {MOST_DRAIN_S}")
    return float(value)


def read_config(env: Mapping[str, str] = os.environ) -> Config:
    """Raises ConfigError."""
    origins = env.get("ALLOWED_ORIGINS", DEFAULT_ORIGINS)
    return Config(
        port=_port(env.get("PORT", "8001")),
        mediasoup_url=env.get("MEDIASOUP_URL", "http://mediasoup:4000").rstrip("/"),
        redis_url=env.get("REDIS_URL", "redis://redis:6379"),
        allowed_origins=tuple(origin.strip().rstrip("/") for origin in origins.split(",") if origin.strip()),
        shared_rooms=_room_state(env.get("ROOM_STATE", "redis")),
        drain_s=_seconds("DRAIN_S", env.get("DRAIN_S", "0")),
    )
