"""Observations in which somebody says in words of his own what is wrong: a server, the Swarm, Traefik, a health check."""

from dataclasses import replace

from fixtures.diagnose.complaints import ComplaintSeen
from fixtures.diagnose.observations import Observations, TurnSeen
from fixtures.diagnose.values import Confidence
from tests.harness.samples import faults
from tests.harness.samples import observed as samples

QUOTA = "TURN at media.jbcalling.site:3478/udp refused an allocation: 486 Allocation Quota Reached"
PUBLIC, INSIDE = "203.0.113.9", "10.0.1.9"


def turn_over_quota() -> Observations:
    said = ComplaintSeen("translation_coturn", "session 1: user <acceptance>: quota exceeded")
    return replace(samples.sound(), turns=(TurnSeen("allocate", False, 486, QUOTA),), complaints=(said,))


def turn_relays_inside() -> Observations:
    turns = (
        TurnSeen("allocate", True, None, f"TURN at media.jbcalling.site:3478/udp relays at {INSIDE}:49160"),
        TurnSeen("relay", False, None, "nothing comes in and out at port 49160"),
    )
    seen = samples.changed(samples.sound(), "mediasoup", env={"ANNOUNCED_IP": PUBLIC})
    return replace(seen, media_address=PUBLIC, turns=turns, calls=())


OWN_WORDS: list[tuple[str, faults.Make, dict[str, str], Confidence]] = [
    ("turn-refuses", turn_over_quota, {"refusal": "486"}, Confidence.PROVED),
    ("turn-relay-address", turn_relays_inside, {"address": INSIDE}, Confidence.PROVED),
]
