"""The metrics of a run: readable for the textfile collector and for OpenMetrics, and what rules and dashboard ask is there."""

import json
import re
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
import yaml

import fixtures
from fixtures.report.exposition import Family, Sample, exposition
from fixtures.report.files import FolderError, file_for, write_whole
from fixtures.report.kept_values import CertificateAt
from tests.harness.samples import report as samples
from tests.harness.samples import sound_cluster

SHIPPED = Path(fixtures.__file__).parents[1] / "docs" / "monitoring"
NAME = re.compile(r"acceptance_[a-z0-9_]+")
SAMPLE = re.compile(r'([a-z_][a-z0-9_]*)(?:\{((?:[a-z_]+="(?:[^"\\\n]|\\["\\n])*",?)*)\})? (-?[0-9.e+-]+)')


def whole(*, red: bool = False) -> str:
    certificates = (
        CertificateAt("jbcalling.site", 61.5, True),
        CertificateAt("api.jbcalling.site", -1.25, False),
    )
    report = replace(samples.report(red=red), certificates=certificates)
    return exposition(report, sound_cluster.state(), samples.target())


def read(text: str) -> dict[str, dict[str, float]]:
    """Family -> labels -> value, as strictly as both parsers are: each family in one piece, typed before its samples."""
    lines = text.split("\n")
    assert lines[-2:] == ["# EOF", ""]
    found: dict[str, dict[str, float]] = {}
    family = ""
    for line in lines[:-2]:
        assert line, "OpenMetrics has no empty lines"
        if line.startswith("# HELP "):
            assert line.split(" ")[2] not in found, "a family stands in two pieces"
            family = line.split(" ")[2]
            found[family] = {}
        elif line.startswith("# "):
            assert line == f"# TYPE {family} gauge"
            assert not found[family]
        else:
            parts = SAMPLE.fullmatch(line)  # and no timestamp behind the value
            assert parts is not None, line
            assert parts[1] == family
            assert (parts[2] or "") not in found[family], "one sample twice"
            found[family][parts[2] or ""] = float(parts[3])
    return found


@pytest.mark.parametrize("red", [False, True])
def test_the_text_is_of_both_forms(red: bool) -> None:
    """Typed families, no timestamps, no exemplars, no empty line, an end."""
    assert len(read(whole(red=red))) > 20


def test_what_a_run_says() -> None:
    """Verdicts as 1 among 0, times in seconds, counts by outcome, calls by peer, certificates below zero too."""
    found, red = read(whole()), read(whole(red=True))
    assert found["acceptance_run_verdict"] == {
        'verdict="passed"': 1, 'verdict="failed"': 0, 'verdict="incomplete"': 0,
    }  # fmt: skip
    assert red["acceptance_run_verdict"]['verdict="failed"'] == 1
    assert found["acceptance_run_exit_status"] == {"": 0}
    assert red["acceptance_criterion_verdict"]['criterion="routing",verdict="failed"'] == 1
    assert red["acceptance_criterion_verdict"]['criterion="routing",verdict="passed"'] == 0
    run = samples.report().run
    (ended,) = found["acceptance_run_end_time_seconds"].values()
    assert ended == pytest.approx(samples.AT.timestamp() + run.took_s, abs=60)
    assert found["acceptance_certificate_left_seconds"]['host="api.jbcalling.site"'] == -108_000
    assert found["acceptance_certificate_trusted"] == {
        'host="jbcalling.site"': 1,
        'host="api.jbcalling.site"': 0,
    }
    host = next(g for g in samples.report().requests if g.kind == "host")
    assert found["acceptance_host_latency_seconds"][f'host="{host.label}",percentile="95"'] == pytest.approx(
        (host.p95_ms or 0) / 1000
    )
    assert found["acceptance_host_requests"][f'host="{host.label}",outcome="ok"'] == len(host.requests)
    assert any(
        'service="frontend",replica="frontend.' in each for each in found["acceptance_replica_requests"]
    )
    peer = samples.report().calls[0].peers[0]
    labels = f'call="{samples.report().calls[0].key}",peer="{peer.name}"'
    assert found["acceptance_call_frames"][labels] == len(peer.frames)
    assert found["acceptance_node_memory_bytes"]['node="translation01"'] == 30e9


def test_a_figure_that_was_not_taken_has_no_line() -> None:
    """No Swarm was read, no call made: the rest is there, and an empty family is not."""
    bare = exposition(replace(samples.report(), calls=(), requests=(), target=None))
    names = set(read(bare))
    assert not {
        name for name in names if re.match("acceptance_(call|host|replica|node|overlay|certificate)_", name)
    }
    assert {"acceptance_run_info", "acceptance_criterion_verdict"} <= names


def test_a_value_cannot_leave_its_place() -> None:
    """Quotes, backslashes and ends of lines in a label or a help are escaped as both forms have it."""
    odd = Family("x", 'a "b"\nc\\', (Sample(1, {"l": 'a"b\\c\nd'}),))
    assert str(odd) == (
        '# HELP acceptance_x a "b"\\nc\\\\\n# TYPE acceptance_x gauge\nacceptance_x{l="a\\"b\\\\c\\nd"} 1\n'
    )


def rules() -> list[dict[str, Any]]:
    document = yaml.safe_load((SHIPPED / "acceptance-alerts.yml").read_text("utf-8"))
    return [rule for group in document["groups"] for rule in group["rules"]]


def queries() -> list[str]:
    document = json.loads((SHIPPED / "acceptance-dashboard.json").read_text("utf-8"))
    return [target["expr"] for panel in document["panels"] for target in panel["targets"]]


def test_rules_and_dashboard_ask_for_what_is_written() -> None:
    """A metric that was renamed would leave an alert silent for ever; and the page has each metric."""
    written = set(read(whole(red=True)))
    asked = {
        name for text in [*queries(), *(rule["expr"] for rule in rules())] for name in NAME.findall(text)
    }
    assert asked <= written
    assert len(asked) > 12
    page = (SHIPPED.parent / "monitoring.md").read_text("utf-8")
    assert set(NAME.findall(page)) == written


def test_every_alert_says_what_to_do() -> None:
    """Each has a severity, a line and a remedy."""
    assert len({rule["alert"] for rule in rules()}) == len(rules())
    for rule in rules():
        assert rule["labels"]["severity"] in ("warning", "critical")
        assert rule["annotations"]["summary"]
        assert rule["annotations"]["description"].endswith(".")


def test_the_file_is_put_in_its_place_at_once(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What was there stays until the new one is whole; nothing is left beside it; everybody may read it."""
    file = tmp_path / "acceptance.prom"
    file.write_text("old\n")
    write_whole(file, "new\n")
    assert file.read_text() == "new\n"
    assert file.stat().st_mode & 0o044
    seen: list[str] = []

    def refuse(self: Path, target: Path) -> Path:
        seen.append(self.name)
        raise OSError(28, "No space left on device")

    monkeypatch.setattr(Path, "replace", refuse)
    with pytest.raises(OSError, match="No space"):
        write_whole(file, "newer\n")
    assert file.read_text() == "new\n"
    assert [each.name for each in tmp_path.iterdir()] == ["acceptance.prom"]
    assert not any(name.endswith(".prom") for name in seen), "the collector would read it half written"


def test_a_place_that_cannot_be_is_refused_before_the_run(tmp_path: Path) -> None:
    """A folder, and a folder that is not there: a slip would be read by nobody."""
    assert file_for(tmp_path / "a.prom") == tmp_path / "a.prom"
    with pytest.raises(FolderError, match="is a folder; wanted a file"):
        file_for(tmp_path)
    with pytest.raises(FolderError, match="there is no folder"):
        file_for(tmp_path / "absent" / "a.prom")
