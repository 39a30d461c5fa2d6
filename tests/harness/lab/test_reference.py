"""What the lab gives to the variables and files that the reference stack names."""

import ipaddress
from pathlib import Path

from lab.compose import reading, reference

FILES = {
    "secrets/edge_certificate", "secrets/edge_key", "secrets/turn_secret", "secrets/dashboard_users",
}  # fmt: skip


def test_the_reference_stack_stands_beside_the_lab() -> None:
    """In its folder of stacks."""
    lab = Path(reading.__file__).parents[1]
    assert lab / "stacks" == reference.STACKS
    assert lab / "stacks" / "stack-hybrid.yml" == reference.REFERENCE_STACK
    assert reference.REFERENCE_STACK.is_file()


def test_the_variables_are_those_of_the_stack() -> None:
    """Its domain, a poll of one second, taken over at once, a longer drain, and an address that is nobody's before a lab."""
    assert reference.environment() == {
        "ANNOUNCED_IP": "192.0.2.2", "ANNOUNCED_IPV6": "2001:db8::2", "TRAEFIK_REFRESH_SECONDS": "1",
        "TRAEFIK_THROTTLE": "200ms", "DRAIN_SECONDS": "3", "DOMAIN": "jbcalling.site",
    }  # fmt: skip
    assert ipaddress.ip_address(reference.NO_ADDRESS) in ipaddress.ip_network("192.0.2.0/24")
    stack = reading.read([reference.REFERENCE_STACK], reference.environment())
    assert stack.document["services"]["mediasoup"]["environment"]["ANNOUNCED_IP"] == "192.0.2.2"


def test_the_lab_makes_up_just_the_files_that_the_stack_lacks() -> None:
    """Secrets are in no repository: each that the stack names is made at the first deploy, and nothing else is."""
    assert set(reference.SUPPLIED) == FILES
    stack = reading.read([reference.REFERENCE_STACK], reference.environment())
    assert {each["file"] for each in stack.document["secrets"].values()} == FILES
    assert reading.missing_files(stack, reference.SUPPLIED) == ()
