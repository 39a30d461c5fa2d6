"""What the lab changed in a candidate is said in the rows of the criteria that were not exercised as it is written."""

import os
import subprocess
import sys
from pathlib import Path

import pytest
import yaml

import fixtures
from fixtures.judge.criteria import CRITERIA
from fixtures.judge.file_rules import findings
from fixtures.judge.rules import EVERY
from fixtures.observe.swarm.parse import network
from fixtures.plugins.as_written import CONCERNS, MOST, not_as_written
from lab.adapt.changes import Change, Kind
from lab.adapt.networks import without_encryption
from tests.harness.samples.file_looks import look, stack_of

ROOT = Path(fixtures.__file__).parents[1]
PLAIN = (
    'network backend: networks.backend.driver_opts.encrypted: "false" taken out, so the overlay is plain '
    "(no ESP in this kernel)"
)
TESTS = f"""
import pytest
from types import SimpleNamespace
from lab.adapt.changes import Change, Kind

@pytest.fixture(scope="session")
def lab():
    return SimpleNamespace(name="x", changes=(Change(Kind.ENCRYPTION, {PLAIN!r}),))

pytestmark = pytest.mark.lab

@pytest.mark.criterion("routing")
@pytest.mark.parametrize("n", [1, 2])
def test_routing(n): pass

@pytest.mark.criterion("no-504")
def test_answers(measured): measured("30 requests")

@pytest.mark.criterion("spread")
def test_spread(measured): measured("3 nodes")

@pytest.mark.criterion("turn")
@pytest.mark.static
def test_static(): pass
"""


def test_the_rows_say_what_of_the_file_was_not_exercised(tmp_path: Path) -> None:
    """Network, key and reason stand in the rows of routing and no-504, once each, and in no other."""
    (tmp_path / "test_it.py").write_text(TESTS)
    (tmp_path / "pytest.ini").write_text(
        "[pytest]\nmarkers =\n    criterion(name): x\n    lab: x\n    static: x\n"
    )
    own = {k: v for k, v in os.environ.items() if not k.startswith(("TARGET", "PYTEST", "LAB_"))}
    done = subprocess.run(
        [sys.executable, "-m", "pytest", "-q", "-p", "fixtures.run.criteria_table", "-p", "fixtures.plugins.as_written",
         "-p", "no:cacheprovider", "--outcomes", "out.json", "-p", "fixtures.run.outcomes", "test_it.py"],
        cwd=tmp_path, env={**own, "PYTHONPATH": str(ROOT), "COLUMNS": "400"}, text=True, check=False,
        stdout=subprocess.PIPE, stderr=subprocess.STDOUT,
    )  # fmt: skip
    assert done.returncode == 0, done.stdout
    flat = " ".join(done.stdout.replace("│", " ").split())
    assert flat.count("networks.backend.driver_opts.encrypted") == 2, done.stdout
    assert flat.count("not exercised as written: network backend") == 2
    assert flat.count("(no ESP in this kernel)") == 2


def test_every_kind_of_change_concerns_a_criterion() -> None:
    """A kind that no row would name is not a change that is said."""
    assert set(CONCERNS) == set(Kind)
    assert all(names and set(names) <= set(CRITERIA) for names in CONCERNS.values())


def test_a_row_stays_short_and_says_that_there_is_more() -> None:
    """The encryption comes first, however many routers lost their resolver before it."""
    many = tuple(Change(Kind.CERTIFICATES, f"label {n}") for n in range(MOST + 3))
    said = not_as_written((*many, Change(Kind.ENCRYPTION, PLAIN)), "no-504")
    assert said[0] == f"not exercised as written: {PLAIN}"
    assert said[-1] == "and 4 more changes, which the report and the lab's changes.txt list"
    assert len(said) == MOST + 1


@pytest.mark.parametrize("value", [None, "", "true", "false", "0", "no"])
@pytest.mark.parametrize("driver", ["", "overlay", "weave"])
def test_all_read_the_option_alike(value: str | None, driver: str) -> None:
    """The rule of a file, the lab that adapts it, and the reading of a running Swarm: the key alone counts."""
    options = {} if value is None else {"encrypted": value}
    entry = {"driver": driver or None, "driver_opts": options}
    running = network({"Id": "n", "Name": "n", "Driver": driver, "Options": options}).encrypted
    adapted = bool(list(without_encryption({"networks": {"n": dict(entry)}})))
    file = yaml.safe_dump({"services": {"a": {"image": "a", "networks": ["n"]}}, "networks": {"n": entry}})
    rule = {"overlay-encrypted": EVERY["overlay-encrypted"]}
    found = findings(rule, look(stack_of(file)))
    wanted = value is not None and driver != "weave"
    assert (running, adapted, bool(found)) == (wanted,) * 3
