"""coturn: the secret that it shares with those who hand out credentials, and its relay ports."""

import secrets

from lab.cluster.handle import Lab
from lab.faults.change import Changes
from lab.faults.fault import NODE2, fault
from lab.faults.packet_rules import ports_dropped
from lab.faults.service_changes import swapped_secrets


@fault("turn-secret-changed", "coturn's shared secret is another")
def turn_secret_changed(lab: Lab) -> Changes:
    fresh = secrets.token_hex(16).encode()
    return swapped_secrets(lab, "coturn", "turn-secret-changed", {"turn_secret": fresh})


@fault("turn-ports-closed", "coturn's relay ports dropped at its node", node=NODE2, ports="49160:49167")
def turn_ports_closed(lab: Lab, node: str, ports: str) -> Changes:
    return (ports_dropped(lab, "turn-ports-closed", node, ports),)
