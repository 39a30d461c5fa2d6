"""The reference stack, and what the lab gives to the variables and files that a stack names."""

from pathlib import Path

STACKS = Path(__file__).parents[1] / "stacks"
REFERENCE_STACK = STACKS / "stack-hybrid.yml"
DOMAIN = "jbcalling.site"
DASHBOARD_USER = "operator"
"""Who may see the reference stack's dashboard, with the password that the lab makes up."""
NO_ADDRESS = "192.0.2.2"
"""Stands for the media host's address until there is a lab; reserved for documentation (RFC 5737)."""
NO_ADDRESS_V6 = "2001:db8::2"
"""The same for IPv6 (RFC 3849), which a lab's nodes do not have: it is announced, and nobody gets there."""
REFRESH_SECONDS = "1"
"""Traefik's Swarm poll in the lab; 15 by default, which would be most of a lab's start."""
THROTTLE = "200ms"
"""How long Traefik in the lab waits before it takes over the next change; 2 s by default, and a start is many changes."""
DRAIN_SECONDS = "3"
"""How long a replica in the lab serves on once it is told to stop; 20 by default, for a Traefik that polls every 15 s."""
SUPPLIED = frozenset(
    f"secrets/{name}" for name in ("edge_certificate", "edge_key", "turn_secret", "dashboard_users")
)
"""Files beside a stack that the lab makes up at its first deploy, see lab.cluster.stack_deploy.credentials."""


def environment() -> dict[str, str]:
    """What the lab sets for the variables of stack files; the media host's address is filled in at the deploy."""
    return {
        "ANNOUNCED_IP": NO_ADDRESS, "ANNOUNCED_IPV6": NO_ADDRESS_V6, "TRAEFIK_REFRESH_SECONDS": REFRESH_SECONDS,
        "TRAEFIK_THROTTLE": THROTTLE, "DRAIN_SECONDS": DRAIN_SECONDS, "DOMAIN": DOMAIN,
    }  # fmt: skip
