"""What the tests of rehearsals share: the real Traefik, and a small stack that can be changed by key."""

import copy
from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
import yaml

from fixtures.judge.rehearsed import questions
from fixtures.rehearse import binary
from fixtures.rehearse.binary import Binary
from fixtures.rehearse.rehearsal import Scene, rehearse
from fixtures.rehearse.values import Rehearsal
from fixtures.target.plan import load_plan
from lab.compose import reading, reference

PLAN = load_plan("a")
Change = Callable[[dict[str, Any]], None]


@pytest.fixture(scope="session")
def traefik() -> Binary:
    """The real Traefik of the lab's version, fetched once."""
    try:
        return binary.found(f"traefik:v{binary.PINNED}", lambda _: None)
    except binary.NoBinaryError as error:
        pytest.skip(f"not exercised: {error}")


@pytest.fixture(scope="session")
def reference_document() -> dict[str, Any]:
    """The reference stack as it is written, with its anchors filled in."""
    found: dict[str, Any] = yaml.safe_load(reference.REFERENCE_STACK.read_text("utf-8"))
    return {key: value for key, value in found.items() if not key.startswith("x-")}


@pytest.fixture
def rehearsed(
    traefik: Binary, reference_document: dict[str, Any], tmp_path: Path
) -> Callable[[Change], Rehearsal]:
    """Rehearses the reference stack after a change to its document, which may hold further files under `x-files`."""

    def run(change: Change) -> Rehearsal:
        document = copy.deepcopy(reference_document)
        change(document)
        (tmp_path / "config").mkdir(exist_ok=True)
        tls = reference.REFERENCE_STACK.parent / "config" / "traefik-tls.yml"
        (tmp_path / "config" / "traefik-tls.yml").write_text(tls.read_text("utf-8"), "utf-8")
        for path, text in document.pop("x-files", {}).items():
            (tmp_path / path).write_text(text, "utf-8")
        file = tmp_path / "stack.yml"
        file.write_text(yaml.safe_dump(document), "utf-8")
        stack = reading.read([file], reference.environment())
        scene = Scene(stack.document, stack.folder, PLAN.stack, PLAN.edge_service, len(PLAN.nodes))
        return rehearse(scene, traefik, questions(PLAN))

    return run
