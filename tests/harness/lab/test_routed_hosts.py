"""Stacks without a dashboard: their hosts are read from the rules, and a host is taken once Traefik's own 404 is gone."""

import httpx
import pytest

from lab.cluster import routed
from lab.compose.reading import for_a_lab
from lab.compose.reference import REFERENCE_STACK

ANSWERS = {
    "taken.example": httpx.Response(200, text="page"),
    "own404.example": httpx.Response(404, text='{"error": "no such thing"}'),
    "ill.example": httpx.Response(502, text="Bad Gateway"),
    "untaken.example": httpx.Response(404, text="404 page not found\n"),
}


def test_the_hosts_are_those_of_the_rules() -> None:
    """Every host that a router of the reference stack names, and none that a rule excludes."""
    assert routed.public_hosts(for_a_lab((REFERENCE_STACK,)).document) == (
        "traefik.jbcalling.site", "jbcalling.site", "www.jbcalling.site", "api.jbcalling.site",
    )  # fmt: skip
    rule = {"traefik.http.routers.a.rule": "!Host(`no.example`) && Host(`yes.example`)"}
    assert routed.public_hosts({"services": {"a": {"deploy": {"labels": rule}}, "b": {}}}) == ("yes.example",)


@pytest.mark.parametrize(
    ("host", "taken"),
    [
        ("taken.example", True),
        ("own404.example", True),
        ("ill.example", True),
        ("untaken.example", False),
        ("gone", False),
    ],
)
def test_only_traefik_s_own_words_say_that_no_router_takes_a_host(host: str, taken: bool) -> None:
    """A program's own 404, or a 502, comes from behind a router; no answer says nothing yet."""

    def answer(request: httpx.Request) -> httpx.Response:
        if (asked := request.headers["Host"]) not in ANSWERS:
            raise httpx.ConnectError("refused")
        return ANSWERS[asked]

    with httpx.Client(transport=httpx.MockTransport(answer)) as client:
        assert routed._is_taken(client, "192.0.2.1", host) is taken
