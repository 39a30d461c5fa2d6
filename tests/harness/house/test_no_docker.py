"""What a smoke run needs is imported without Docker's packages; tests/harness/run/test_smoke_isolation.py runs it so."""

from pathlib import Path

from tests.harness.house.test_sizes import ROOT, sources
from tests.harness.stand_ins import bare_machine

ROOMS = ("fixtures/target", "fixtures/observe", "fixtures/judge", "fixtures/diagnose", "fixtures/report")


def test_rooms_that_observe_and_judge_import_without_docker(tmp_path: Path) -> None:
    """Every module of them in one process in which `import docker` fails; whatever they import on the way counts."""
    names = [".".join(path.relative_to(ROOT).with_suffix("").parts) for path in sources(*ROOMS)]
    loads = "; ".join(f"import {name.removesuffix('.__init__')}" for name in names)
    ended = bare_machine.run(tmp_path, "-c", f"{loads}; print('all')")
    assert (ended.status, ended.text.splitlines()[-1]) == (0, "all"), ended.text


def test_an_early_import_of_docker_is_seen(tmp_path: Path) -> None:
    """The machine without Docker refuses what these tests look for."""
    assert "BARE MACHINE: docker was imported" in bare_machine.run(tmp_path, "-c", "import docker").text
