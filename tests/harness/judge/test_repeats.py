"""What is repeated by hand for each criterion: which program is asked, of what, and what the line is said to show."""

import shlex
from collections.abc import Callable, Iterable
from dataclasses import replace

import pytest

from fixtures.judge import repeats
from fixtures.judge.hands import Command, Hands
from fixtures.target.reach import Reach
from fixtures.target.values import Target, TurnSecret
from tests.harness.samples.sound_cluster import PLAN

HANDS = Hands(Target("calls", Reach(), PLAN, turn_secret=TurnSecret(variable="TURN_SECRET")))
SPREAD = [each.full_name for each in PLAN.spread_services]
RECENT = "--since 10m --tail 200"
API, PAGE, MEDIA = (PLAN.host_of(kind).name for kind in ("api", "page", "media"))
POLLING = f"https://{API}/socket.io/?EIO=4&transport=polling"
Lines = list[tuple[str, str]]


def lines(commands: Iterable[Command]) -> Lines:
    """What each shows, and the line without its quotes."""
    return [(each.shows, shlex.join(shlex.split(each.line)).replace("'", "")) for each in commands]


def placed(names: str, called: str) -> Lines:
    """Where services run and what pins them."""
    table = r"table {{.Name}}\t{{.Node}}\t{{.CurrentState}}\t{{.Error}}"
    return [
        (f"where {called} run", f"docker service ps --format {table} {names}"),
        (f"what pins {called}",
         f"docker service inspect --format {{{{.Spec.Name}}}} {{{{json .Spec.TaskTemplate.Placement}}}} {names}"),
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("criterion", "wanted"),
    [
        (repeats.spread, placed(" ".join(SPREAD), "frontend, signaling")),
        (repeats.pinned, [
            *placed(PLAN.media.full_name, "mediasoup"),
            ("its published ports",
             f"docker service inspect --format {{{{json .Spec.EndpointSpec.Ports}}}} {PLAN.media.full_name}"),
        ]),
        (repeats.call, [
            ("two people: open the page in two windows, create a room, join it", f"https://{PAGE}/"),
            ("what each browser sees of ICE and media", "chrome://webrtc-internals"),
            ("what signaling says of it", f"docker service logs {RECENT} translation_signaling"),
            ("what mediasoup says of it", f"docker service logs {RECENT} translation_mediasoup"),
        ]),
        (repeats.socketio, [
            ("a polling handshake is answered, with a sticky cookie",
             f"curl -sS -i -H Origin: {PLAN.allowed_origins[0]} {POLLING}"),
            ("a foreign origin is refused", f"curl -sS -i -H Origin: {PLAN.foreign_origin} {POLLING}"),
        ]),
        (repeats.resources, [
            ("limits and reservations of each service, in bytes",
             "docker service inspect --format {{.Spec.Name}} {{json .Spec.TaskTemplate.Resources}} "
             + " ".join(each.full_name for each in PLAN.services)),
            ("the memory of each node, in bytes",
             "docker node inspect --format {{.Description.Hostname}} {{.Description.Resources.MemoryBytes}} "
             "$(docker node ls -q)"),
        ]),
        (repeats.drift, [
            ("each service as it runs, to be compared with its stack file",
             f"docker service inspect --pretty {' '.join(each.full_name for each in PLAN.services)}"),
        ]),
    ],
    ids=lambda each: getattr(each, "__name__", ""),
)  # fmt: skip
def test_a_criterion_is_repeated_by_these_lines(
    criterion: Callable[[Hands], Iterable[Command]], wanted: Lines
) -> None:
    """Each of the services and hosts that it is about, and no other."""
    assert lines(criterion(HANDS)) == wanted


def test_the_edges_log_is_shown_whole_and_where_it_failed() -> None:
    """With the addresses that must occur in it, of the tasks that run."""
    log, failed, addresses = repeats.routing(HANDS)
    asked = f"docker service logs {RECENT} --raw translation_traefik"
    assert log.line == asked
    assert failed.line == f"""{asked} | sed -n '/" 5[0-9][0-9] /p'"""
    assert addresses.line.startswith("docker inspect --type task --format '{{.NodeID}} ")
    running = f"docker service ps -q -f desired-state=running {' '.join(SPREAD)}"
    assert addresses.line.endswith(f" $({running})")
    assert [each.shows for each in (log, failed, addresses)] == [
        "whom the edge reached, and how it went", "only what failed", "the address of each replica on each network",
    ]  # fmt: skip


def test_health_is_asked_of_services_nodes_and_tasks() -> None:
    """The tasks that ended are picked from all of the stack's."""
    services, nodes, ended = repeats.healthy(HANDS)
    assert (services.line, nodes.line) == ("docker service ls", "docker node ls")
    assert ended.line.startswith("docker stack ps --no-trunc --format '{{.DesiredState}} {{.Name}} on ")
    assert ended.line.endswith(" | sed -n '/^Shutdown/p'")
    assert ended.shows == "tasks that ended, and why (no line: none did)"


def test_the_media_hosts_address_is_asked_beside_the_announced_one() -> None:
    """Of the SFU's own environment, and of the resolver."""
    announced, resolved = repeats.media_host(HANDS)
    assert announced.line.startswith("docker service inspect --format ")
    assert announced.line.endswith(" | grep -i announced")
    assert (resolved.shows, resolved.line) == ("the media host's address", f"getent ahostsv4 {MEDIA}")


def test_every_web_host_is_asked_and_the_page_often() -> None:
    """Longer than the edge waits; a large body only where the plan has one."""
    found = lines(repeats.no_504(HANDS))
    hosts = [(f"{h.name} answers, not 504", f"curl -sSI --max-time 40 {h.url}") for h in PLAN.web_hosts]
    assert found[: len(hosts)] == hosts
    often, large = found[len(hosts) :]
    assert often[1].startswith(
        "for i in $(seq 30); do curl -sS --max-time 40 -o /dev/null -w ".replace("'", "")
    )
    assert often[0] == "thirty times, since one replica in three may fail"
    assert large[0] == "a large body, to its end"
    assert large[1].endswith(f" {PLAN.host_of('page').large_url}")
    without = replace(PLAN, hosts=tuple(replace(host, large_path=None) for host in PLAN.hosts))
    bare = Hands(replace(HANDS.target, plan=without))
    assert len(lines(repeats.no_504(bare))) == len(found) - 1


def test_the_relay_is_asked_where_its_secret_is_known() -> None:
    """By the service that publishes its port; without the secret there is no line."""
    ((shows, line),) = lines(repeats.turn(HANDS))
    assert shows == "the relay lets a client in that knows the shared secret"
    assert line.startswith("turnutils_uclient -y -c -n 1 -p 3478 -W ")
    assert list(repeats.turn(Hands(replace(HANDS.target, turn_secret=None)))) == []
    assert repeats.serving_turn(PLAN) == PLAN.service("coturn")
    assert repeats.serving_turn(replace(PLAN, turn_port=1)) is None


def test_the_addresses_by_hand_are_those_of_the_plans_overlays() -> None:
    """Subnets, services' own addresses, tasks'; a plan of the nodes' own networks alone has nothing to show."""
    subnets, services, tasks = repeats.addresses(HANDS)
    assert subnets.line.endswith("translation_backend translation_frontend")
    assert services.line.endswith(" ".join(each.full_name for each in PLAN.services))
    assert tasks.line.endswith("$(docker stack ps -q -f desired-state=running translation)")
    alone = replace(PLAN, services=tuple(replace(each, networks=()) for each in PLAN.services))
    assert list(repeats.addresses(Hands(replace(HANDS.target, plan=alone)))) == []
