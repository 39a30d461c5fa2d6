"""media-host: ICE is offered, and ends, at the media host's UDP ports and nowhere else."""

import asyncio
from collections.abc import Callable
from dataclasses import replace

import pytest

from fixtures.judge.ipv6 import ipv6_faults
from fixtures.observe.media.values import CallObservation
from fixtures.observe.signaling.dialling import Dial
from fixtures.observe.signaling.own_rooms import room_name
from fixtures.run.criteria_table import not_exercised
from fixtures.target.planned import Plan
from fixtures.target.values import Target
from tests.texts import listed, one_per_line

pytestmark = [
    pytest.mark.criterion("media-host"), pytest.mark.lab, pytest.mark.smoke, pytest.mark.xdist_group("calls"),
]  # fmt: skip


def _published(plan: Plan) -> set[int]:
    return {port.published for port in plan.media.ports if port.published is not None}


def test_every_candidate_is_the_media_host(
    call_together: CallObservation, target: Target, measured: Callable[[str], None]
) -> None:
    """Every candidate that the SFU offers names the media host or its address, UDP, on a published port."""
    right = {target.media_host, target.media_address}
    for peer in call_together.peers:
        assert len(peer.links) == 2, f"{peer.name} has {len(peer.links)} transports, wanted 2"
        assert all(link.offered for link in peer.links), (
            f"{peer.name}: a transport was offered no candidate: {listed(peer.links)}"
        )
    every = [candidate for peer in call_together.peers for candidate in peer.candidates]
    offered = [candidate for candidate in every if not candidate.is_ipv6]
    assert offered, f"the SFU offers no IPv4 candidate: {listed(every)}; is ANNOUNCED_IP set?"
    wrong = [
        c
        for c in offered
        if c.host not in right or c.protocol != "udp" or c.port not in _published(target.plan)
    ]
    assert not wrong, (
        f"the SFU announces {wrong[0]}, media host is {target.media_host} ({target.media_address}): is ANNOUNCED_IP right?"
    )
    measured(f"{len(offered)} candidates offered, all {', '.join(sorted({c.host for c in offered}))}")


def test_ipv6_candidates_answer(
    call_together: CallObservation, dial: Dial, target: Target, measured: Callable[[str], None]
) -> None:
    """Every IPv6 candidate that the SFU offers can be right, and answers an ICE check where this machine has IPv6."""
    offered = [each for peer in call_together.peers for each in peer.candidates if each.is_ipv6]
    if not offered:
        not_exercised("the SFU offers no IPv6 candidate")
    wrong = ipv6_faults(offered, target.media_address, _published(target.plan))
    assert not wrong, one_per_line(wrong)
    measured(f"{len(offered)} IPv6 candidates offered, all {listed(sorted({each.host for each in offered}))}")
    # What is asked needs the media libraries, which take a second to import.
    from fixtures.observe.media.ipv6_check import ipv6_answers

    seen = asyncio.run(ipv6_answers(replace(dial, sticky=call_together.first.replica), room_name()))
    silent = [each for each in seen if each.took_s is None and not each.why_not]
    assert not silent, f"{listed(silent)}: callers with IPv6 wait for nothing; are its ports open for IPv6?"
    for reason in sorted({f"{each.candidate.host}: {each.why_not}" for each in seen if each.why_not}):
        measured(f"not exercised: IPv6 at {reason}")
    if answered := [each for each in seen if each.took_s is not None]:
        measured(f"reached over IPv6: {listed(answered)}")


def test_the_selected_pair_ends_there(
    call_together: CallObservation, target: Target, measured: Callable[[str], None]
) -> None:
    """The pair that carries each peer's media, both ways, ends at the media host, UDP, on a published port."""
    for peer in call_together.peers:
        assert len(peer.pairs) == 2, (
            f"{peer.name}: {len(peer.pairs)} of 2 transports have a selected pair: {listed(peer.links)}"
        )
        for pair in peer.pairs:
            assert pair.remote_host == target.media_address, (
                f"{peer.name}: media goes to {pair}, media host is {target.media_address}"
            )
            assert pair.protocol.lower() == "udp", f"{peer.name}: media goes over {pair}, wanted UDP"
            assert pair.remote_port in _published(target.plan), (
                f"{peer.name}: {pair}: port is none of {listed(sorted(_published(target.plan)))}"
            )
    ports = sorted({pair.remote_port for peer in call_together.peers for pair in peer.pairs})
    measured(f"selected pairs end at {target.media_address}, UDP {', '.join(map(str, ports))}")
