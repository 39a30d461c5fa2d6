"""One person in one room, as every replica knows them."""

import json
import time
from dataclasses import asdict, dataclass, field
from typing import Any


@dataclass
class Member:
    """Written only by the replica that holds the socket; the others read it."""

    socket_id: str
    username: str
    replica: str
    joined_at: float = field(default_factory=time.time)
    producers: list[str] = field(default_factory=list)
    transports: list[str] = field(default_factory=list)
    consumers: list[str] = field(default_factory=list)

    def to_json(self) -> str:
        return json.dumps(asdict(self))

    @classmethod
    def from_json(cls, text: str | bytes) -> "Member":
        return cls(**json.loads(text))

    def public(self) -> dict[str, Any]:
        """What other users may know."""
        return {
            "user_id": self.socket_id,
            "socket_id": self.socket_id,
            "username": self.username,
            "joined_at": self.joined_at,
            "producers": self.producers,
        }
