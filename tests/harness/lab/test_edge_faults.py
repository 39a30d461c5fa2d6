"""The faults at the edge: what each changes of a service's labels, or of its variables."""

from tests.harness.lab.test_fault_catalogue import changes, edits
from tests.harness.stand_ins.fake_lab import fake_lab, spread

COOKIE = "traefik.http.services.signaling.loadbalancer.sticky.cookie"


def test_the_edge_is_told_wrong() -> None:
    """A middleware that there is not, a rule that comes first, a cookie without its switch, an address without TLS."""
    swarm = spread("frontend", "signaling")
    swarm.services_["signaling"]["Spec"]["Labels"] = {COOKIE: "true", f"{COOKIE}.name": "s"}
    lab, router = fake_lab(swarm), "traefik.http.routers.frontend.middlewares"
    assert edits(changes(lab, "middleware-undefined")) == [("frontend", [["label", router, "absent"]])]
    taker = "traefik.http.routers.taker"
    assert edits(changes(lab, "route-taken")) == [
        (
            "signaling",
            [
                ["label", f"{taker}.rule", "Host(`jbcalling.site`) && PathPrefix(`/`)"],
                ["label", f"{taker}.priority", "1000"],
                ["label", f"{taker}.entrypoints", "websecure"],
                ["label", f"{taker}.service", "signaling"],
            ],
        )
    ]
    assert edits(changes(lab, "sticky-by-name")) == [("signaling", [["label", COOKIE, None]])]
    told = [["env", "API_URL", "http://api.jbcalling.site"]]
    assert edits(changes(lab, "page-told-http")) == [("frontend", told)]
