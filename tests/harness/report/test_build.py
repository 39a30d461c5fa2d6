"""From what a run handed over to the report, and to its files."""

import json
from collections.abc import Sequence
from dataclasses import replace

import pytest

from fixtures.diagnose.values import Cause, Confidence
from fixtures.observe.http.access_log import AccessLine
from fixtures.report import build, cluster_facts
from fixtures.report.build import Piece, every_end
from fixtures.report.cluster_facts import percentile
from fixtures.report.files import files_of
from fixtures.report.junit import completed
from fixtures.report.markdown import annotations, summary
from fixtures.report.plain import plain
from fixtures.report.values import SCHEMA, SCHEMA_VERSION, Log, Report, TestEnd, Trouble
from fixtures.report.words import headline, why_lines
from tests.harness.samples import junit as pytests
from tests.harness.samples import report as samples


def _verdicts(report: Report) -> dict[str, str]:
    return {row.name: row.verdict for row in report.criteria if row.tests}


def test_a_sound_run() -> None:
    """Every criterion passes, and each has its tests and the commands to check it by hand."""
    report = samples.report()
    assert report.run.verdict == "passed"
    assert set(_verdicts(report).values()) == {"passed"}
    assert headline(report).startswith(f"Passed: {len(samples.CLAIMS)} of ")
    assert all(any("python -m lab exec" in c.line or "curl" in c.line or "webrtc" in c.line for c in row.by_hand)
               for row in report.criteria if row.tests)  # fmt: skip


def test_the_incident() -> None:
    """The criteria that failed are named, and the diagnosis leads."""
    report = samples.report(red=True)
    assert {name for name, verdict in _verdicts(report).items() if verdict == "failed"} == set(samples.RED)
    assert headline(report) == "Failed: no-504, spread, routing"
    assert why_lines(report) == (
        "no-504: Most likely: the overlay is cut to translation03 (proved)",
        "spread, routing: Most likely: a constraint pins frontend to translation03 (likely)",
    )


def test_the_topology_counts_what_the_edge_logged() -> None:
    """Each routed replica has its answers and errors; what the edge does not route to has no count."""
    topology = samples.report(red=True).topology
    assert topology is not None
    tasks = {task.name: task for node in topology.nodes for task in node.tasks}
    assert (tasks["frontend.1"].answered, tasks["frontend.1"].errors) == (20, 0)
    assert (tasks["frontend.2"].answered, tasks["frontend.2"].errors) == (0, 20)
    assert [tasks[name].answered for name in ("redis.1", "traefik.1")] == [None, None]
    assert [node.name for node in topology.nodes if node.is_edge] == ["translation01"]


@pytest.mark.parametrize(
    ("status", "path"),
    [
        (None, "/"),
        (101, "/ws"),
        (200, "/socket.io/?EIO=4&transport=polling&sid=a"),
        (499, "/socket.io/?transport=websocket"),
    ],
)
def test_a_socket_s_life_is_no_latency(status: int | None, path: str) -> None:
    """With real users sockets last for hours; the times of a replica are those of what it answers at once."""
    state, plain = samples.state(), samples.lines()
    long = [replace(line, status=status, path=path, duration_ms=3_600_000.0) for line in plain]

    def times(lines: Sequence[AccessLine]) -> object:
        shown = cluster_facts.topology(state, samples.PLAN, lines)
        groups = cluster_facts.by_replica(lines, shown, samples.PLAN)
        return [t.p50_ms for n in shown.nodes for t in n.tasks], [
            (g.label, g.p50_ms, g.p95_ms) for g in groups
        ]

    assert times([*plain, *long]) == times(plain)


def test_a_line_without_a_status_is_no_error() -> None:
    """A socket whose client went is neither an answer nor a failure of the replica."""
    lines = [replace(line, status=None) for line in samples.lines()[:6]]
    given = [piece for piece in samples.pieces() if piece.kind != build.ACCESS]
    report = build.build(samples.facts(), (), [*given, Piece(build.ACCESS, "", 9.0, tuple(lines))])
    assert report.topology is not None
    tasks = [task for node in report.topology.nodes for task in node.tasks if task.address]
    assert {(task.answered, task.errors) for task in tasks} == {(0, 0)}
    assert all(one.ok for group in report.requests if group.kind == "replica" for one in group.requests)


def test_an_unknown_cause_is_said_to_be_unknown() -> None:
    """Where no rule explains a failure nothing is called likely; one that is explained comes first."""
    nothing_known = Cause("unknown", "unknown: no rule", Confidence.POSSIBLE, (), ())
    unknown = replace(samples.ends(red=True)[1], causes=(nothing_known,))
    alone = build.build(samples.facts(True), [unknown], ())
    assert why_lines(alone) == (f"The cause is not known: {samples.PINNED_TEXT}",)
    both = build.build(samples.facts(True), [unknown, samples.ends(red=True)[0]], ())
    first, second = samples.ends(red=True)[0].criterion, unknown.criterion
    assert why_lines(both) == (
        f"{first}: Most likely: the overlay is cut to translation03 (proved)",
        f"{second}: The cause is not known: {samples.PINNED_TEXT}",
    )
    assert headline(both) == "Failed: no-504, spread"


def test_an_address_of_no_running_task_is_shown() -> None:
    """What the edge dialled and nobody has is a stray, not forgotten."""
    lines = [line for line in samples.lines() if line.server_address == "10.0.1.12"]
    stray = [replace(line, server_address="10.0.9.9") for line in lines]
    pieces = [*samples.pieces(), Piece(build.ACCESS, "late", 99.0, tuple(stray))]
    topology = build.build(samples.facts(), samples.ends(), pieces).topology
    assert topology is not None
    assert [(task.name, task.answered) for task in topology.strays] == [("10.0.9.9", 20)]


def test_without_a_target_there_is_a_report_still() -> None:
    """A run that reached nothing says what it knows."""
    report = build.build(samples.facts(troubles=(Trouble("ended early", "no lab"),)), (), ())
    assert (report.target, report.topology, report.calls) == (None, None, ())
    assert report.run.verdict == "incomplete"


@pytest.mark.parametrize(
    ("status", "words"),
    [
        (10, "something required was not exercised"),
        (11, "the lab could not be built"),
        (77, "exit status 77"),
    ],
)
def test_an_exit_status_is_put_in_words(status: int, words: str) -> None:
    """A run in which nothing failed, but which is not a pass, says why."""
    facts = samples.facts()
    odd = build.build(replace(facts, exit_status=status), samples.ends(), ())
    assert odd.run.verdict == "incomplete"
    assert headline(odd) == f"Not complete: {words}"


def test_without_a_lab_no_criterion_has_failed() -> None:
    """Tests that failed because there was no lab did not run: nothing was learned of their criteria."""
    report = build.build(replace(samples.facts(), exit_status=11), samples.ends(red=True), ())
    assert headline(report) == "Not complete: the lab could not be built"
    assert set(_verdicts(report).values()) == {"passed", "not exercised"}
    assert report.run.not_run == len(samples.RED)


def test_a_crash_and_what_never_ran() -> None:
    """A crashed test gets its criterion back; one that never began is not run, and passes nothing."""
    planned = samples.ends()
    crashed = TestEnd(planned[0].nodeid, "", "", "failed", 0.0, why="worker 'gw0' crashed")
    ends = every_end([crashed], planned, "the run was interrupted")
    assert (ends[0].criterion, ends[0].claim, ends[0].verdict) == ("no-504", planned[0].claim, "failed")
    assert {end.verdict for end in ends[1:]} == {"not run"}
    report = build.build(samples.facts(), ends, ())
    assert _verdicts(report)["no-504"] == "failed"
    assert _verdicts(report)["spread"] == "not exercised"
    assert report.run.not_run == len(planned) - 1


def test_the_last_of_a_key_counts_and_a_strange_kind_is_shown() -> None:
    """Later observations replace earlier ones; what no kind explains becomes a table, its secrets masked."""
    pieces = [
        Piece("weather", "", 2.0, {"sky": "clear", "api_token": "zz"}),
        Piece("weather", "", 1.0, {"sky": "grey"}),
    ]
    assert build.build(samples.facts(), (), pieces[1:]).tables[0].rows == (("sky", "grey"),)
    found = build.build(samples.facts(), (), sorted(pieces, key=lambda piece: piece.at)).tables
    assert [rows.rows for rows in found] == [(("sky", "clear"), ("api_token", "***"))]


def test_what_a_service_keeps_secret_is_in_no_file() -> None:
    """A secret of a service's environment, seen in a log or a failure, is masked in every file."""
    said = f"listening, secret {samples.TURN_SECRET}"
    given = [*samples.pieces(), Piece(build.LOG, "", 50.0, Log("coturn", said, (said,)))]
    ends = [replace(samples.ends(red=True)[0], text=said, why=said, claim=said)]
    report = build.build(samples.facts(), ends, given)
    junit = completed(pytests.written(ends), report, build.masker(given))
    for name, text in files_of(report, junit).items():
        assert "north" not in text, name
        assert "***" in text, name


def test_the_json_holds_its_schema_and_the_pictures() -> None:
    """report.json names its schema and version, and is what was built, pictures and all."""
    found = json.loads(json.dumps(plain(samples.report())))
    assert (found["schema"], found["schema_version"]) == (SCHEMA, SCHEMA_VERSION)
    assert found["calls"][0]["peers"][0]["picture_png"].startswith("iVBOR")
    assert len(found["calls"][0]["peers"][0]["frames"]) == 42
    assert found["images"][-1]["image"].startswith("jbcalling-lab/")


def test_the_json_holds_each_cause_by_field() -> None:
    """A cause is an object, with its confidence as a word."""
    found = json.loads(json.dumps(plain(samples.report(red=True))))
    cause = found["criteria"][0]["tests"][0]["causes"][0]
    assert (cause["id"], cause["confidence"]) == ("overlay-cut", "proved")
    assert cause["subjects"] == [["node", "translation03"]]
    assert cause["remedy"] == "open UDP 4789 between the nodes"


def test_the_summary_is_a_table_that_nothing_breaks_out_of() -> None:
    """A measured text with a pipe, a tag or a newline stays in its cell."""
    end = samples.ends()[0]
    hostile = replace(end, measured=("a | b <script>\nc `x`",))
    rows = [
        line for line in summary(build.build(samples.facts(), [hostile], ())).splitlines() if "no-504" in line
    ]
    assert rows == ["| **no-504** | ✅ passed | a \\| b &lt;script> c \\`x\\` |"]


def test_the_summary_tells_the_fact_before_its_cause() -> None:
    """What was observed, the cause with what speaks for it, the command, the remedy; each diagnosis once."""
    text = summary(samples.report(red=True))
    order = [
        "**10 of 30 requests to jbcalling.site failed",
        "Cause, proved: **the overlay is cut",
        "- every connect from translation01",
        "Speaks against it:",
        "    python -m lab exec",
        "- open UDP 4789",
        "    03:12:40.001Z GET",
    ]
    places = [text.index(each) for each in order]
    assert places == sorted(places)
    assert text.count("- take the constraint out") == 1


def test_many_failures_are_counted_not_all_shown() -> None:
    """A step summary is short: the first twenty, and how many more."""
    end = samples.ends(red=True)[0]
    many = [
        replace(end, nodeid=f"t.py::test_{n}", causes=(replace(samples.PINNED, title=f"cause {n}"),))
        for n in range(25)
    ]
    text = summary(build.build(samples.facts(True), many, ()))
    assert text.count("<details open>") == 20
    assert text.rstrip().endswith("and 5 more failures")


def test_annotations_are_one_line_each() -> None:
    """A failure becomes one ::error with file, line and its text, newlines and commas as GitHub wants them."""
    lines = annotations(samples.report(red=True, troubles=(Trouble("interrupted", "by hand"),)))
    assert len(lines) == 4
    assert lines[0].startswith("::error file=tests/test_no_504.py,line=27,title=no-504%3A test_every_request")
    assert "::10 of 30 requests to jbcalling.site failed" in lines[0]
    assert "%0Acause: the overlay is cut to translation03 (proved)%0A  for: every connect" in lines[0]
    assert lines[-1] == "::error title=the run%3A interrupted::by hand"


def test_percentiles_are_nearest_rank() -> None:
    """The value that so many do not exceed; nothing of nothing."""
    assert percentile(range(1, 101), 0.95) == 95
    assert percentile([3.0], 0.5) == 3.0
    assert percentile([], 0.5) is None
