"""The metrics, alerts and dashboard that the suite ships, by the lab's own Prometheus and its promtool."""

import io
import json
import re
import tarfile
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

import pytest

from fixtures.run.criteria_table import not_exercised
from tests.harness.report.test_exposition import queries, whole

if TYPE_CHECKING:
    from docker.models.containers import Container

    from lab.cluster.handle import Lab

ROOT = Path(__file__).parents[1]
SHIPPED = ROOT / "docs" / "monitoring"
AT = 1_790_000_000
"""Seconds since the epoch of the samples: some moment within Prometheus' two hours for one block."""
# A second Prometheus beside the lab's own, on the samples alone: PORT QUERY...; prints a line of JSON for each query.
ASK = r"""
cd "$1"; echo 'global: {}' >own.yml
prometheus --config.file=own.yml --storage.tsdb.path=data --storage.tsdb.retention.time=100y \
  --web.listen-address=127.0.0.1:9191 >own.log 2>&1 &
own=$!; at=$2; shift 2
for _ in $(seq 100); do curl -fsS http://127.0.0.1:9191/-/ready >/dev/null 2>&1 && break; sleep 0.1; done
for port in 9191 9090; do for query in "$@"; do
  curl -sS -G "http://127.0.0.1:$port/api/v1/query" --data-urlencode "query=$query" --data-urlencode "time=$at"; echo
done; done
kill $own; wait $own 2>/dev/null; exit 0
"""


@dataclass(frozen=True)
class Prometheus:
    """The container of the lab's own, and a folder of ours in it."""

    container: "Container"
    folder: str

    def run(self, *words: str) -> str:
        """What a command in that folder printed; it must end with 0."""
        return _run(self.container, self.folder, *words)


def _run(container: "Container", folder: str, *words: str) -> str:
    status, output = container.exec_run(list(words), user="root", workdir=folder)
    assert isinstance(output, bytes)
    assert status == 0, output.decode()
    return output.decode()


@pytest.fixture
def prometheus(pytestconfig: pytest.Config, request: pytest.FixtureRequest) -> Prometheus:
    """The lab's own, with the shipped files and the metrics of a run in a folder of ours."""
    if pytestconfig.getoption("--stack"):
        not_exercised("the lab's own Prometheus is asked; a candidate may have none")
    lab: Lab = request.getfixturevalue("lab")
    named = (c for engine in lab.nodes.values() for c in engine.containers.list())
    found = next(
        c for c in named if c.labels.get("com.docker.swarm.service.name") == "translation_monitoring"
    )
    text = whole(red=True)
    timed = "".join(
        f"{line} {at}\n" if not line.startswith("#") else f"{line}\n" if at == AT else ""
        for family in re.split(r"(?m)^(?=# HELP )", text.removesuffix("# EOF\n"))
        for at in (AT, AT + 60)
        for line in family.splitlines()
    )
    files = {
        "acceptance.prom": text, "timed.txt": f"{timed}# EOF\n",
        "acceptance-alerts.yml": (SHIPPED / "acceptance-alerts.yml").read_text(),
        "test.yml": (ROOT / "tests/harness/samples/acceptance-alerts-test.yml").read_text(),
    }  # fmt: skip
    packed = io.BytesIO()
    with tarfile.open(fileobj=packed, mode="w") as archive:
        for name, content in files.items():
            member = tarfile.TarInfo(name)
            member.size, member.mode = len(content.encode()), 0o644
            archive.addfile(member, io.BytesIO(content.encode()))
    made = Prometheus(found, _run(found, "/", "mktemp", "-d").strip())
    assert found.put_archive(made.folder, packed.getvalue())
    return made


@pytest.mark.needs_lab
def test_promtool_accepts_what_is_shipped(prometheus: Prometheus) -> None:
    """The metrics as the textfile collector reads them, without a complaint of their names; the alerts, and when they fire."""
    assert prometheus.run("sh", "-c", "promtool check metrics <acceptance.prom 2>&1") == ""
    assert "SUCCESS: 9 rules found" in prometheus.run("promtool", "check", "rules", "acceptance-alerts.yml")
    assert "SUCCESS" in prometheus.run("promtool", "test", "rules", "test.yml")


@pytest.mark.needs_lab
def test_every_query_of_the_dashboard_finds_something(prometheus: Prometheus) -> None:
    """By Prometheus' own reader of OpenMetrics the samples become data, and each query has a result there; the lab's own
    Prometheus, which has none of them, understands each query too."""
    prometheus.run("promtool", "tsdb", "create-blocks-from", "openmetrics", "timed.txt", "data")
    asked = queries()
    answers = [
        json.loads(each)
        for each in prometheus.run(
            "sh", "-c", ASK, "sh", prometheus.folder, str(AT + 61), *asked
        ).splitlines()
    ]
    assert len(answers) == 2 * len(asked)
    assert [each["error"] for each in answers if each["status"] != "success"] == []
    empty = [
        query for query, each in zip(asked, answers[: len(asked)], strict=True) if not each["data"]["result"]
    ]
    assert empty == []
