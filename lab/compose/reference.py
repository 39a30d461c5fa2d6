"""The stack files that are shipped, and what a stack file may interpolate; nothing here needs Docker."""

from pathlib import Path

STACKS = Path(__file__).parents[1] / "stacks"
REFERENCE_STACK = STACKS / "stack-hybrid.yml"
DOMAIN = "jbcalling.site"
NO_ADDRESS = "192.0.2.2"
"""Stands for an address that is not known yet; reserved for documentation (RFC 5737)."""
REFRESH_SECONDS = "1"
"""Traefik's Swarm poll in the lab; 15 by default, which would be most of a lab's start."""
SUPPLIED = frozenset(
    f"secrets/{name}" for name in ("edge_certificate", "edge_key", "turn_secret", "dashboard_users")
)
"""Files beside a stack that the lab makes up at its first deploy, see lab.stack.credentials."""


def environment(media_address: str = NO_ADDRESS) -> dict[str, str]:
    """What the lab sets for the variables of stack files."""
    return {"ANNOUNCED_IP": media_address, "TRAEFIK_REFRESH_SECONDS": REFRESH_SECONDS, "DOMAIN": DOMAIN}
