"""What the SFU announces, whether its ports answer, and the relay, at the edges of each rule."""

from dataclasses import replace
from typing import Any

import pytest

from fixtures.diagnose.observations import CallSeen, Observations, TurnSeen
from fixtures.diagnose.rules import media_path
from fixtures.diagnose.values import Confidence
from fixtures.observe.media.steps import StepName
from fixtures.observe.media.values import CallRelation, Candidate
from tests.harness.samples import faults
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import MEDIA_ADDRESS, ONE, PLAN, THREE, blind, call, changed, with_tasks

MEDIA_HOST = PLAN.host_of("media").name
STUCK = call(selected=(), failed_step=faults.CONNECTING, ice=("checking", "failed"), frames=())


def offered(*hosts: str) -> CallSeen:
    return call(offered=tuple(Candidate(host, 40003, "udp", "host", host) for host in hosts))


def announcing(
    address: str | None, *hosts: str, media_address: str | None = MEDIA_ADDRESS, without: tuple[str, ...] = ()
) -> Observations:
    """The SFU told to announce one address, candidates at these hosts in a call."""
    seen = changed(samples.sound(), "mediasoup", env={"ANNOUNCED_IP": address} if address else {})
    seen = replace(seen, calls=(offered(*hosts),) if hosts else None, media_address=media_address)
    return blind(seen, *without)


@pytest.mark.parametrize(
    ("seen", "announced"),
    [
        (announcing(MEDIA_ADDRESS), None),
        (announcing(MEDIA_HOST), None),
        (announcing("10.1.1.1"), ("10.1.1.1",)),
        (announcing(None), None),
        (announcing("10.1.1.1", MEDIA_ADDRESS), ("10.1.1.1",)),
        (announcing(MEDIA_ADDRESS, "10.1.1.2", "10.1.1.1"), ("10.1.1.1", "10.1.1.2")),
        (announcing(MEDIA_ADDRESS, MEDIA_HOST, MEDIA_ADDRESS), None),
        (announcing(None, "10.1.1.1", without=("state",)), ("10.1.1.1",)),
        (announcing("10.1.1.1", media_address=None), None),
        (announcing("10.1.1.1", "10.1.1.1", media_address=None), None),
        (announcing(None, "10.1.1.1", media_address=None), ("10.1.1.1",)),
        (announcing(None, MEDIA_HOST, media_address=None), None),
    ],
)
def test_which_address_is_announced_wrongly(seen: Observations, announced: tuple[str, ...] | None) -> None:
    """Neither the media host's name nor its address; without that address only candidates can show it."""
    found = list(media_path.announced_wrong(seen))
    assert [cause.names("announced") for cause in found] == ([] if announced is None else [announced])


def test_what_speaks_for_a_wrong_announcement() -> None:
    """Each candidate, and the service's own environment where it is known."""
    (cause,) = media_path.announced_wrong(announcing("10.1.1.1", "10.1.1.1"))
    assert cause.speaks_for == (
        "a candidate was offered at 10.1.1.1",
        "translation_mediasoup runs with ANNOUNCED_IP=10.1.1.1",
    )
    assert cause.title == f"the SFU announces 10.1.1.1, {MEDIA_HOST} is {MEDIA_ADDRESS}"
    (cause,) = media_path.announced_wrong(announcing(None, "10.1.1.1", media_address=None))
    assert cause.title == f"the SFU announces 10.1.1.1, {MEDIA_HOST} is elsewhere"
    assert cause.names("media host") == (MEDIA_HOST,)
    # No variable of the spec holds it: none is named.
    assert cause.remedy.startswith("make translation_mediasoup announce ADDRESS")
    assert len(cause.speaks_for) == 1


@pytest.mark.parametrize(
    ("calls", "named"),
    [
        ((STUCK,), True),
        ((call(), STUCK), True),
        ((replace(STUCK, relation=CallRelation.RELAY),), False),
        ((replace(STUCK, offered=()),), False),
        ((replace(STUCK, selected=((MEDIA_ADDRESS, 40003),)),), False),
        ((replace(STUCK, failed_step=StepName.SEND_CREATED),), False),
        ((replace(STUCK, offered=(*STUCK.offered, *offered("10.1.1.1").offered)),), False),
        ((), False),
    ],
)
def test_when_datagrams_are_lost(calls: tuple[CallSeen, ...], named: bool) -> None:
    """A direct call that had the right candidates, and no answer at any of them."""
    assert bool(list(media_path.media_udp_dropped(replace(samples.sound(), calls=calls)))) is named


def test_what_speaks_for_and_against_lost_datagrams() -> None:
    """The ports that were offered in the calls that stuck, and those calls that connected all the same."""
    other = replace(STUCK, offered=(replace(STUCK.offered[0], port=40001),), ice=())
    seen = replace(samples.sound(), calls=(STUCK, other, call(CallRelation.SAME), call(CallRelation.RELAY)))
    (cause,) = media_path.media_udp_dropped(seen)
    assert cause.names("port") == ("40001", "40003")
    assert cause.title == f"candidates at {MEDIA_ADDRESS} offered, no answer from udp 40001, 40003"
    assert cause.speaks_for == (
        f"offered udp {MEDIA_ADDRESS}:40003 host; ICE went checking > failed; {faults.CONNECTING}",
        f"offered udp {MEDIA_ADDRESS}:40001 host; ICE went nowhere; {faults.CONNECTING}",
    )
    assert cause.against == ("a call same connected all the same",)


def test_silence_that_something_else_explains() -> None:
    """Where the SFU is elsewhere, does not run or does not publish its ports, silence follows; unread it is no excuse."""

    def lost(seen: Observations) -> bool:
        return bool(list(media_path.media_udp_dropped(replace(seen, calls=(STUCK,)))))

    sound = samples.sound()
    assert lost(sound)
    assert lost(blind(sound, "state"))
    assert not lost(with_tasks(sound, "mediasoup", lambda t: replace(t, node=THREE, node_id=f"id-{THREE}")))
    assert not lost(with_tasks(sound, "mediasoup", lambda t: replace(t, state="failed")))
    assert not lost(changed(sound, "mediasoup", ports=PLAN.media.ports[:-1]))
    two = [samples.task("mediasoup", 2, ONE, 70)]
    assert lost(with_tasks(sound, "mediasoup", lambda t: t, two))
    assert sound.state is not None
    without = tuple(s for s in sound.state.services if s.name != PLAN.media.full_name)
    assert lost(replace(sound, state=replace(sound.state, services=without)))


ALLOCATED, DENIED = (
    TurnSeen("allocate", True, None, "given"),
    TurnSeen("allocate", False, 401, "401 {'a': 1}"),
)


@pytest.mark.parametrize(
    ("turns", "ids"),
    [
        ((), ()),
        ((DENIED,), ("turn-secret",)),
        ((replace(DENIED, code=403),), ()),
        ((replace(DENIED, code=None),), ()),
        ((replace(DENIED, well=True),), ()),
        ((ALLOCATED, TurnSeen("relay", False)), ("turn-relay-ports",)),
        ((ALLOCATED, TurnSeen("relay", True)), ()),
        ((TurnSeen("relay", False),), ()),
        ((DENIED, TurnSeen("relay", False)), ("turn-secret",)),
        ((TurnSeen("wrong-secret", False),), ("turn-open",)),
        ((TurnSeen("wrong-secret", True),), ()),
        ((DENIED, ALLOCATED), ()),
    ],
)
def test_what_the_relay_says(turns: tuple[TurnSeen, ...], ids: tuple[str, ...]) -> None:
    """401 is the secret; an allocation whose ports pass nothing is the ports; the last try of a kind decides."""
    seen = replace(samples.sound(), turns=turns)
    rules = (media_path.turn_secret, media_path.turn_relay_ports, media_path.turn_open)
    assert tuple(cause.id for rule in rules for cause in rule(seen)) == ids


def test_a_refused_fixed_user_is_no_proof_of_another_password() -> None:
    """Its name may be wrong as well, or the server take credentials of a secret alone: all are refused alike."""
    seen = samples.sound()
    plan = replace(seen.plan, turn_user="anna")
    tried = (DENIED, TurnSeen("window", False))
    (found,) = media_path.turn_secret(replace(seen, plan=plan, turns=tried))
    assert found.confidence is Confidence.LIKELY
    assert "refuses anna with the password that we have" in found.title
    assert "user=anna" in found.undecided
    assert "use-auth-secret" in found.undecided


@pytest.mark.parametrize(
    ("change", "proved"),
    [
        ({"args": ("--use-auth-secret",)}, True),
        ({"secrets": ("turn_secret at /run/secrets/turn_secret",)}, True),
        ({"secrets": ("coturn.conf at /run/secrets/coturn.conf",)}, False),
        ({"args": ("--lt-cred-mech", "--user=anna:x")}, False),
        ({"env": {"TURN_USER": "anna"}, "secrets": ("turn_secret at /run/secrets/turn_secret",)}, False),
        ({}, False),
    ],
)
def test_another_secret_is_proved_where_the_server_has_one(change: dict[str, Any], proved: bool) -> None:
    """A server that takes fixed users refuses a credential of any secret in the same words."""
    seen = samples.sound()
    assert seen.state
    names = {each.full_name for each in seen.plan.turn_services}
    services = tuple(
        replace(each, **{"args": (), "command": (), "env": {}, "secrets": ()} | change) if each.name in names else each
        for each in seen.state.services
    )  # fmt: skip
    tried = (DENIED, TurnSeen("window", False))
    (found,) = media_path.turn_secret(
        replace(seen, state=replace(seen.state, services=services), turns=tried)
    )
    assert found.confidence is (Confidence.PROVED if proved else Confidence.LIKELY)
    assert proved or "fixed users" in found.undecided


def test_the_relay_in_words() -> None:
    """Where it is, what it said, and which ports must be open."""
    (secret,) = media_path.turn_secret(replace(samples.sound(), turns=(DENIED,)))
    assert secret.title == f"TURN at {MEDIA_HOST}:3478 refuses our credential, for its secret is another one"
    assert secret.speaks_for == ("401 {a: 1}",)
    (ports,) = media_path.turn_relay_ports(
        replace(samples.sound(), turns=(ALLOCATED, TurnSeen("relay", False)))
    )
    assert ports.remedy == "open udp 49160-49167 at translation02"
    assert list(media_path.turn_open(blind(samples.sound(), "turns"))) == []
