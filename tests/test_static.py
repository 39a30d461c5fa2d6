"""The stack file alone, judged before anything starts: what Traefik itself makes of it, and what the file shows.

Each test judges one criterion by the rules of fixtures/judge/rules/; `python -m fixtures static FILE` prints the same.
"""

from collections.abc import Callable

import pytest

from fixtures.judge.file_rules import FileLook, Finding, Severity, findings, without_subject
from fixtures.judge.ignores import Ignore, sorted_out
from fixtures.judge.origins import told_of_origins
from fixtures.judge.rules import EVERY
from fixtures.run.criteria_table import not_exercised
from tests.texts import one_per_line

pytestmark = [pytest.mark.static, pytest.mark.lab]
criterion = pytest.mark.criterion
Judge = Callable[[str], None]


@pytest.fixture
def judged(file_look: FileLook, file_ignores: tuple[Ignore, ...], measured: Callable[[str], None]) -> Judge:
    """Fails with what the criterion's rules call an error; its notes go into the table."""

    def judge(name: str) -> None:
        if reason := without_subject(file_look, name):
            not_exercised(reason)
        sorted_ = sorted_out(findings(EVERY, file_look, name), file_ignores)
        found = sorted_.findings
        for ignored, comment in sorted_.ignored:
            measured(f"ignored: {ignored.rule.id}: {ignored.subject}: {ignored.text} ({comment.reason})")
        for note in found:
            if note.severity is Severity.NOTE:
                measured(f"note: {note.subject}: {note.text}")
        wrong = [each for each in found if each.severity is Severity.ERROR]
        if wrong:  # no assert: its account of the values would bury the places in the file
            pytest.fail(one_per_line(map(in_file, wrong)), pytrace=False)

    return judge


def in_file(found: Finding) -> str:
    """`file:line: service: what [rule]`, as a compiler says it."""
    return f"{found.where}: {found.subject}: {found.text} [{found.rule.id}]"


@criterion("spread")
def test_static_replicas_can_spread(
    judged: Judge, file_look: FileLook, measured: Callable[[str], None]
) -> None:
    """The file asks for the plan's replicas, and no constraint keeps them off the nodes that the plan wants."""
    judged("spread")
    measured(
        f"static: {', '.join(each.name for each in file_look.plan.spread_services)} as {file_look.plan.called} has them"
    )


@criterion("mediasoup-pinned")
def test_static_mediasoup_is_pinned(
    judged: Judge, file_look: FileLook, measured: Callable[[str], None]
) -> None:
    """The file pins the one replica to its node and publishes exactly the plan's ports."""
    judged("mediasoup-pinned")
    media = file_look.plan.media
    measured(f"static: {media.name} is pinned to {media.node}, with {len(media.ports)} ports")


@criterion("media-host")
def test_static_media_is_announced(
    judged: Judge, file_look: FileLook, measured: Callable[[str], None]
) -> None:
    """The file has the SFU announce an address that clients can reach, and only ports that it publishes."""
    judged("media-host")
    measured(f"static: {file_look.plan.media.name} announces an address and its published ports")


@criterion("call")
def test_static_services_are_connected(judged: Judge, measured: Callable[[str], None]) -> None:
    """Every service is on its networks, and the addresses in its variables lead to a service and port that is there."""
    judged("call")
    measured("static: every service is on its networks, and its variables lead to services")


@criterion("no-504")
def test_static_hosts_have_routes(
    judged: Judge, file_look: FileLook, measured: Callable[[str], None]
) -> None:
    """Traefik starts with the file's options, and a request to each public host reaches the service of the plan."""
    judged("no-504")
    measured(f"static: {_how(file_look)}{len(file_look.plan.web_hosts)} hosts have a route")


@criterion("routing")
def test_static_every_replica_is_served(
    judged: Judge, file_look: FileLook, measured: Callable[[str], None]
) -> None:
    """Traefik hands requests to all replicas in turn, over a network that both are on."""
    judged("routing")
    measured(f"static: {_how(file_look)}networks fit")


@criterion("socketio")
def test_static_sessions_stay(judged: Judge, file_look: FileLook, measured: Callable[[str], None]) -> None:
    """A cookie that browsers keep leads a session back to its replica, and the site's own origins are allowed."""
    judged("socketio")
    origins, _ = told_of_origins(file_look.candidate.env_of(file_look.plan.signaling))
    measured(
        f"static: {_how(file_look)}sessions stay; "
        + ("origins allowed" if origins else "the file names no origins")
    )


@criterion("turn")
def test_static_turn_is_open(judged: Judge, measured: Callable[[str], None]) -> None:
    """The TURN server is on its node's network, and listens and relays on published ports only."""
    judged("turn")
    measured("static: the TURN server's ports are published")


@criterion("healthy")
def test_static_everything_can_run(
    judged: Judge, file_look: FileLook, measured: Callable[[str], None]
) -> None:
    """Every service of the plan is there, finds its node, ports and memory, and can be updated and restarted."""
    judged("healthy")
    measured(f"static: {len(file_look.plan.services)} services can be placed and updated")


def _how(look: FileLook) -> str:
    if look.rehearsal is None:
        return f"Traefik was not asked ({look.not_asked}): "
    another = look.rehearsal.wanted
    return f"Traefik {look.rehearsal.version}{f' for {another}' if another and another != look.rehearsal.version else ''}: "
