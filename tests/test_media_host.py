"""media-host: ICE is offered, and ends, at the media host's UDP ports and nowhere else."""

from collections.abc import Callable

import pytest

from fixtures.observe.media.values import CallObservation
from fixtures.target.planned import Plan
from fixtures.target.values import Target

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
            f"{peer.name}: a transport was offered no candidate: {peer.links_text}"
        )
    offered = [candidate for peer in call_together.peers for candidate in peer.candidates]
    wrong = [
        c
        for c in offered
        if c.host not in right or c.protocol != "udp" or c.port not in _published(target.plan)
    ]
    assert not wrong, (
        f"the SFU announces {wrong[0]}, media host is {target.media_host} ({target.media_address}): is ANNOUNCED_IP right?"
    )
    measured(f"{len(offered)} candidates offered, all {', '.join(sorted({c.host for c in offered}))}")


def test_the_selected_pair_ends_there(
    call_together: CallObservation, target: Target, measured: Callable[[str], None]
) -> None:
    """The pair that carries each peer's media, both ways, ends at the media host, UDP, on a published port."""
    for peer in call_together.peers:
        assert len(peer.pairs) == 2, (
            f"{peer.name}: {len(peer.pairs)} of 2 transports have a selected pair: {peer.links_text}"
        )
        for pair in peer.pairs:
            assert pair.remote_host == target.media_address, (
                f"{peer.name}: media goes to {pair}, media host is {target.media_address}"
            )
            assert pair.protocol.lower() == "udp", f"{peer.name}: media goes over {pair}, wanted UDP"
            assert pair.remote_port in _published(target.plan), (
                f"{peer.name}: {pair}: port is none of {sorted(_published(target.plan))}"
            )
    ports = sorted({pair.remote_port for peer in call_together.peers for pair in peer.pairs})
    measured(f"selected pairs end at {target.media_address}, UDP {', '.join(map(str, ports))}")
