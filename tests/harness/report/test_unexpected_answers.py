"""What was not expected is drawn and counted as such, whatever class of status it has."""

from dataclasses import replace

from fixtures.judge.edge_errors import task_at
from fixtures.report import build
from fixtures.report.build import Piece
from fixtures.report.plots import request_strips
from fixtures.report.topology import topology_picture
from fixtures.report.values import Report
from tests.harness.samples import report as samples

API = "api.jbcalling.site"


def refused() -> Report:
    """Every second request to the API is answered 405: a HEAD that the program does not know."""
    health = next(host for host in samples.PLAN.web_hosts if host.name == API)
    attempts = tuple(
        replace(
            each, url=health.url, status=405 if number % 2 else 200, method="HEAD" if number % 2 else "GET"
        )
        for number, each in enumerate(samples.attempts(API))
    )
    state = samples.state(False)
    lines = tuple(
        replace(line, path=health.path, status=405 if number % 12 > 5 else 200)
        for number, line in enumerate(samples.lines())
        if (task := task_at(state, line.server_address or "")) and task.service == "translation_signaling"
    )
    pieces = [
        *samples.pieces(),
        Piece(build.ATTEMPTS, "late", 99.0, attempts),
        *(
            Piece(build.ACCESS, each.key, 99.0, lines)
            for each in samples.pieces()
            if each.kind == build.ACCESS
        ),
    ]
    return build.build(samples.facts(), samples.ends(), pieces)


def test_a_405_is_no_green_dot() -> None:
    """Fifteen of thirty are crosses, and the strip counts them as failed; the median is of the others."""
    group = next(
        each for each in refused().requests if each.label == API and any(not r.ok for r in each.requests)
    )
    assert {request.outcome for request in group.requests if not request.ok} == {"405"}
    failed = sum(not request.ok for request in group.requests)
    assert failed >= 15
    picture = request_strips([group], 600, "requests")
    assert picture.count("bad cross") == failed
    assert f"{failed} failed" in picture


def test_the_topology_counts_it_apart() -> None:
    """A replica that answered what nobody wanted is not `ok`; a path of a visitor's own is nobody's fault."""
    topology = refused().topology
    assert topology is not None
    tasks = [t for node in topology.nodes for t in node.tasks if t.service == "translation_signaling"]
    assert sum(task.unexpected for task in tasks) > 0
    assert all(task.errors == 0 for task in tasks)
    assert "not as planned" in topology_picture(topology, 900, 3)
    well = build.build(samples.facts(), samples.ends(), samples.pieces()).topology
    assert well is not None
    assert sum(task.unexpected for node in well.nodes for task in node.tasks) == 0
