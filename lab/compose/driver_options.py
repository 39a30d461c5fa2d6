"""What the overlay driver makes of a network's options. The one reader of them, for what judges a file and what adapts it."""

from collections.abc import Mapping
from typing import Any

ENCRYPTED = "encrypted"
OVERLAY = "overlay"


def is_encrypted(options: Mapping[str, Any] | None, driver: str | None = OVERLAY) -> bool:
    """Whether a network's traffic is encrypted: any value of the option switches it on, "false" too.

    moby daemon/libnetwork/drivers/overlay/ov_network.go looks for the key alone. Other drivers have no such option.
    """
    return (driver or OVERLAY) == OVERLAY and ENCRYPTED in (options or {})
