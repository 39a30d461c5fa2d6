"""A system without an SFU or without Socket.IO: its plan leaves them out, and what speaks of them has no subject."""

from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.diagnose.engine import diagnose
from fixtures.judge.criteria import CRITERIA
from fixtures.judge.file_rules import Severity, findings, not_planned, without_subject
from fixtures.judge.hands import Hands
from fixtures.judge.rules import EVERY
from fixtures.run.file_look import look_at
from fixtures.target.addressed import addressed
from fixtures.target.plan import PLANS, PlanError, load_plan
from fixtures.target.planned import Plan
from fixtures.target.reach import Reach
from fixtures.target.values import Target, TargetError
from lab.compose import reading
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import PLAN

STACK = Path(__file__).parents[1] / "stacks" / "page-and-api.yml"
SHOP = """
option = "shop"
stack = "shop"
edge_service = "proxy"

[[hosts]]
name = "shop.example"
kind = "page"
service = "shop"

[[hosts]]
name = "orders.shop.example"
kind = "api"
service = "orders"
path = "/health"

[services.proxy]
constraints = ["node.role == manager"]
networks = ["web"]
ports = [
  { target = "80", published = "80", mode = "host" },
  { target = "443", published = "443", mode = "host" },
]

[services.shop]
replicas = 2
networks = ["web"]

[services.orders]
networks = ["web"]
"""
CALLS = ("call", "media-host", "socketio", "mediasoup-pinned")


@pytest.fixture
def shop(tmp_path: Path) -> Plan:
    """The plan of a page and an API."""
    file = tmp_path / "shop.toml"
    file.write_text(SHOP)
    return load_plan(file)


def test_what_it_leaves_out_is_nobody(shop: Plan) -> None:
    """No service, no host, no port and no relay is ever found in its place, and many requests go to what there is."""
    assert (shop.media_service, shop.signaling_service, shop.turn_port, shop.has_calls) == (
        None,
        None,
        None,
        False,
    )
    for nobody in (shop.media, shop.signaling):
        assert (nobody.replicas, nobody.ports, nobody.node) == (0, (), None)
        assert nobody.full_name not in {each.full_name for each in shop.services}
    assert (shop.turn_services, shop.hosts_of("media")) == ((), ())
    assert [host.name for host in shop.asked_hosts] == ["shop.example", "orders.shop.example"]
    assert shop.service_of(shop.host_of("api")) == "shop_orders"


def test_criteria_without_a_subject_say_why(shop: Plan) -> None:
    """Each of those that need the SFU or Socket.IO; of the design's plan none."""
    said = {name: not_planned(shop, name) for name in CRITERIA}
    assert {name for name, reason in said.items() if reason} == {*CALLS, "turn"}
    assert said["socketio"] == "the plan of shop.toml names no Socket.IO service (signaling_service)"
    assert said["mediasoup-pinned"] == "the plan of shop.toml names no SFU (media_service)"
    assert not any(not_planned(PLAN, name) for name in CRITERIA)


def test_its_stack_is_judged_by_the_rest(shop: Plan) -> None:
    """No rule takes the nobodies for services that are missing; what speaks of calls has nothing to judge."""
    look = look_at(reading.read([STACK], {}), shop, lambda _: None, ask_traefik=False)
    wrong = [str(each) for each in findings(EVERY, look) if each.severity is Severity.ERROR]
    assert wrong == []
    assert {name for name in CRITERIA if without_subject(look, name)} == {*CALLS, "turn"}


def test_no_command_by_hand_asks_for_nobody(shop: Plan) -> None:
    """No line has a host or a service without a name."""
    hands = Hands(Target("shop", Reach({}), shop))
    lines = {name: [command.line for command in each.by_hand(hands)] for name, each in CRITERIA.items()}
    assert [name for name, found in lines.items() if not found] == [*CALLS, "turn"]
    assert not [
        line for found in lines.values() for line in found if "shop_ " in f"{line} " or "https:///" in line
    ]


def test_it_may_lie_under_another_domain(shop: Plan) -> None:
    """As any plan."""
    assert [h.name for h in addressed(shop, "b.example", {}, "b").hosts] == ["b.example", "orders.b.example"]


@pytest.mark.parametrize(
    ("names", "moved"),
    [
        (("app.shop.example", "api.shop.example"), ("app.b.example", "api.b.example")),
        (("www.b.example",), ("www.b.example",)),
        (("app.b.example", "api.b.example"), ("app.b.example", "api.b.example")),
        (("shop.example", "api.shop.example"), ("b.example", "api.b.example")),
        (("shop.example", "elsewhere.test"), ("b.example", "elsewhere.test.b.example")),
    ],
)
def test_hosts_without_their_domain_s_own_name_keep_their_labels(
    names: tuple[str, ...], moved: tuple[str, ...], shop: Plan
) -> None:
    """A system need not answer under the domain itself; what lies under the new one already stays as it is."""
    plan = replace(shop, hosts=tuple(replace(shop.hosts[0], name=name) for name in names))
    assert tuple(h.name for h in addressed(plan, "b.example", {}, None).hosts) == moved


def test_a_host_named_by_its_address_lies_under_no_domain(shop: Plan) -> None:
    """A media host may be one, as a draft has what an SFU announces; it is shorter than any name, and no domain."""
    media = replace(shop.hosts[0], name="8.8.4.4", kind="media")
    moved = addressed(replace(shop, hosts=(*shop.hosts, media)), "b.example", {}, "b")
    assert [h.name for h in moved.hosts] == ["b.example", "orders.b.example", "8.8.4.4"]


def test_it_has_no_media_address(shop: Plan) -> None:
    """Nobody's name is looked up: an empty one would lead to this machine."""
    with pytest.raises(TargetError, match=r"the plan of shop\.toml names no media host"):
        _ = Target("shop", Reach({}), shop).media_address


@pytest.mark.parametrize("without", ["media_service", "signaling_service", "both"])
def test_a_sound_cluster_has_no_cause(without: str) -> None:
    """The design's own cluster, as a plan sees it that leaves a part out."""
    plan = PLAN
    if without != "signaling_service":
        hosts = tuple(host for host in PLAN.hosts if host.kind != "media")
        plan = replace(plan, hosts=hosts, media_service=None)
    if without != "media_service":
        plan = replace(plan, signaling_service=None)
    assert [each.id for each in diagnose(replace(samples.sound(), plan=plan)).causes] == []


@pytest.mark.parametrize(
    ("old", "new", "said"),
    [
        ('edge_service = "proxy"', 'edge_service = "proxy"\nmedia_service = "orders"', 'none is of kind "media"'),
        ('kind = "api"', 'kind = "dashboard"\n', ""),
        (
            'edge_service = "proxy"', 'edge_service = "proxy"\nsignaling_service = "orders"',
            "signaling: is missing: add it with the foreign_origin",
        ),
        ('edge_service = "proxy"', 'edge_service = "proxy"\nsignaling_service = "order"', "is no service of this plan"),
    ],
)  # fmt: skip
def test_what_belongs_to_a_service_must_be_there(tmp_path: Path, old: str, new: str, said: str) -> None:
    """Its host, and what signaling is told; nothing of it without the service."""
    file = tmp_path / "shop.toml"
    file.write_text(SHOP.replace(old, new, 1))
    if not said:
        assert load_plan(file).hosts_of("dashboard")
        return
    with pytest.raises(PlanError, match=said):
        load_plan(file)


def test_the_shipped_plans_have_calls() -> None:
    """Each names both, and its variant of the protocol and its relay's user as they are deployed."""
    plans = {file.stem: load_plan(file) for file in sorted(PLANS.glob("*.toml"))}
    assert all(each.has_calls for each in plans.values())
    assert {name: (each.protocol, each.turn_user) for name, each in plans.items()} == {
        "gateway": ("gateway", "jbcalling"), "option-a": ("design", None), "option-b": ("design", None),
        "option-c": ("design", None),
    }  # fmt: skip
