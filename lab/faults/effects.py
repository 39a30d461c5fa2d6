"""What shows that a fault has the effect meant, where the change alone does not: asked of Traefik and of the replicas."""

import datetime
import socket
import ssl
from collections.abc import Callable

import httpx

from lab.cluster import readiness, stack_deploy
from lab.cluster.handle import Lab
from lab.errors import LabError
from lab.faults import crossings, edge
from lab.probe import health
from lab.waiting import Look, NotYet, Ready

STUCK_S = 5
"""A task with its addresses is prepared within one second."""
UNPLACED = ("new", "pending")
WAITING = (*UNPLACED, "preparing")
HANDSHAKE_S = 3.0


def _some_server(lab: Lab, status: int, words: str) -> Look[str]:
    """Ready when curl in Traefik's own container ends with `status` for some server of a routed service."""
    asked_from = edge.placed_edge(lab)
    for service in edge.routed(lab):
        path = crossings.ANSWERS[service].partition("/")[2]
        for server in sorted(edge.servers(lab, service)):
            address, _, port = server.partition(":")
            if crossings.request(lab, asked_from, address, f"{port}/{path}") == status:
                return Ready(f"{service}: {server} {words} from Traefik's container")
    return NotYet(f"every server that Traefik knows was asked: none {words}")


def replica_unreached(lab: Lab) -> Look[str]:
    """A replica that Traefik knows does not answer Traefik's container within a deadline."""
    return _some_server(lab, crossings.TIMED_OUT, "does not answer")


def connection_refused(lab: Lab) -> Look[str]:
    """A server that Traefik knows refuses the connection."""
    return _some_server(lab, crossings.REFUSED, "refuses")


def not_sticky(lab: Lab) -> Look[str]:
    """Traefik's own view of signaling has no sticky cookie."""
    try:
        service = edge.services(lab).get("signaling", {})
    except LabError as error:
        return NotYet(str(error))
    if service.get("sticky"):
        return NotYet("Traefik still sets the cookie")
    return Ready("Traefik sets no cookie")


def still_sticky(lab: Lab) -> Look[str]:
    """Traefik's own view of signaling has a sticky cookie: the other way round, see `not_sticky`."""
    try:
        service = edge.services(lab).get("signaling", {})
    except LabError as error:
        return NotYet(str(error))
    return Ready("Traefik sets the cookie") if service.get("sticky") else NotYet("Traefik sets no cookie")


def router_refused(lab: Lab) -> Look[str]:
    """Traefik disables a router, and says why."""
    try:
        refused = [each for each in edge.routers(lab) if each.get("status") == "disabled"]
    except LabError as error:
        return NotYet(str(error))
    if not refused:
        return NotYet("Traefik takes every router")
    return Ready(f"Traefik refuses {refused[0].get('name')}: {', '.join(refused[0].get('error') or ())}")


def taken(lab: Lab) -> Look[str]:
    """The page's host answers in another way than the page does."""
    wrong = [text for text in edge.pages(lab) if text.startswith(f"https://{stack_deploy.DOMAIN}/")]
    return Ready(f"the page is not what answers: {wrong[0]}") if wrong else NotYet("the page answers")


def check_failed(lab: Lab) -> Look[str]:
    """A task's own health check has failed, so what judges health can see it."""
    failed = [check for check in health.checks(lab) if check.streak]
    return Ready(str(failed[0])) if failed else NotYet("every task's health check passes")


def limited(lab: Lab) -> Look[str]:
    """Some request is refused because too many were made."""
    refused = [text for text in edge.pages(lab) if f"answered {httpx.codes.TOO_MANY_REQUESTS.value}" in text]
    return Ready(refused[0]) if refused else NotYet("no request is refused as one too many")


def stuck(lab: Lab) -> Look[str]:
    """A task is waiting, and has been for longer than any takes that has its addresses."""
    now = datetime.datetime.now(datetime.UTC)
    waiting = {
        f"{task['Status']['State']}: {task['Status'].get('Err') or task['Status'].get('Message', '')}"
        for task in readiness.wanted_tasks(lab.manager, stack_deploy.STACK_NAME)
        if task["Status"]["State"] in WAITING
        and (now - _when(task["Status"]["Timestamp"])).total_seconds() > STUCK_S
    }
    if not waiting:
        return NotYet("no task waits long")
    return Ready(f"a task waits for {STUCK_S} s: {'; '.join(sorted(waiting))}")


def unplaced(lab: Lab) -> Look[str]:
    """A task is stuck, and every other one has come to run, where Traefik knows it: what moves has moved."""
    coming = sorted(
        f"{task['Status']['State']} for {task.get('NodeID') or 'no node'}"
        for task in readiness.wanted_tasks(lab.manager, stack_deploy.STACK_NAME)
        if task["Status"]["State"] not in (*UNPLACED, "running")
    )
    if coming:
        return NotYet(f"tasks are on their way: {', '.join(coming)}")
    known = edge.edge_knows_tasks(lab)
    return stuck(lab) if isinstance(known, Ready) else known


def _when(timestamp: str) -> datetime.datetime:
    """The Swarm's time to the second; its nanoseconds are more than Python reads."""
    return datetime.datetime.fromisoformat(timestamp[:19] + "+00:00")


def handshake_refused(reason: str) -> Callable[[Lab], Look[str]]:
    """An effect: a client that verifies refuses the edge, and `reason` stands in OpenSSL's words for why."""

    def look(lab: Lab) -> Look[str]:
        outcome = _handshake(lab)
        if reason not in outcome:
            return NotYet(f"the edge: {outcome}")
        return Ready(f"a client refuses the edge: {outcome}")

    return look


def _handshake(lab: Lab) -> str:
    context = ssl.create_default_context(cafile=str(lab.ca_file))
    address = (lab.state.hosts[stack_deploy.DOMAIN], 443)
    try:
        with (
            socket.create_connection(address, HANDSHAKE_S) as raw,
            context.wrap_socket(raw, server_hostname=stack_deploy.DOMAIN),
        ):
            return "accepted"
    except OSError as error:
        return str(error)


def page_header(name: str) -> Callable[[Lab], Look[str]]:
    """An effect: the page's answer has this header."""

    def look(lab: Lab) -> Look[str]:
        value = edge.page_header(lab, name)
        return Ready(f"the page answers with {name}: {value}") if value else NotYet(f"the page has no {name}")

    return look


def rejected(lab: Lab) -> Look[str]:
    """A task was rejected by its node, and says why."""
    said = {
        t["Status"].get("Err", "")
        for t in lab.manager.api.tasks(
            filters={"label": f"com.docker.stack.namespace={stack_deploy.STACK_NAME}"}
        )
        if t["Status"]["State"] == "rejected"
    }
    return (
        Ready(f"a task was rejected: {'; '.join(sorted(said))}") if said else NotYet("no task was rejected")
    )


def out_of_memory(lab: Lab) -> Look[str]:
    """The kernel has killed a container of a task for memory."""
    for node, client in lab.nodes.items():
        ended = client.api.containers(
            all=True, filters={"label": "com.docker.swarm.task.id", "status": "exited"}
        )
        for each in ended[:10]:
            found = client.api.inspect_container(each["Id"])
            if found["State"]["OOMKilled"]:
                return Ready(f"{node}: {found['Name'].lstrip('/')} was killed for memory")
    return NotYet("no container was killed for memory")


def update_paused(lab: Lab) -> Look[str]:
    """The Swarm has paused the update of a service of the stack."""
    for service in readiness.services(lab.manager, stack_deploy.STACK_NAME):
        status = service.get("UpdateStatus") or {}
        if status.get("State") == "paused":
            return Ready(f"{service['Spec']['Name']}: {status['Message']}")
    return NotYet("no update is paused")
