"""Whatever stands in an object of a backup that was edited with care: it is compared, or refused in one line."""

import copy
import json
from collections.abc import Iterator, Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest

from fixtures.backup import taking
from fixtures.backup.holding import held
from fixtures.backup.manifest import Entry, objects_in
from fixtures.backup.values import Backup, BackupError, Kept, Kind
from fixtures.target.values import SwarmApi
from tests.harness.samples import whole_swarm
from tests.harness.stand_ins.engine_api import recording_engine

ODD: tuple[object, ...] = (None, 1, "x", [], {"x": 1})


@pytest.mark.parametrize("kind", list(Kind))
def test_whatever_stands_in_an_object_is_compared_or_refused(kind: Kind) -> None:
    """Each place of each object as something else: one line says what is wrong, or the comparison holds."""
    with (
        recording_engine(whole_swarm.answers()) as engine,
        taking.open_for_backup(SwarmApi(engine.url)) as swarm,
    ):
        whole = taking.taken(swarm, "0.2.0", [])
    contents = [each.content for each in whole.of(kind)]
    refused = 0
    for place in places(contents):
        for odd in ODD:
            objects = read_or_refused(kind, replaced(contents, place, odd))
            refused += objects is None
            if objects is not None:
                compared(whole, objects, kind)
    assert refused


def read_or_refused(kind: Kind, contents: list[object]) -> tuple[Kept, ...] | None:
    entry = Entry("", 0, 0, len(contents), "")
    try:
        return objects_in(Path("b"), kind, json.dumps(contents).encode(), entry)
    except BackupError:
        return None


def compared(whole: Backup, objects: tuple[Kept, ...], kind: Kind) -> None:
    """Either way round."""
    others = tuple(each for each in whole.objects if each.kind != kind)
    changed = replace(whole, objects=(*objects, *others))
    assert held(changed, whole.objects)
    assert held(whole, changed.objects)


def places(value: object, here: tuple[Any, ...] = ()) -> Iterator[tuple[Any, ...]]:
    """Every place below a value."""
    inner = (
        value.items() if isinstance(value, Mapping) else enumerate(value) if isinstance(value, list) else ()
    )
    for key, each in inner:
        yield (*here, key)
        yield from places(each, (*here, key))


def replaced(value: Any, place: tuple[Any, ...], new: object) -> Any:  # noqa: ANN401
    """A copy with something else at a place."""
    found = copy.deepcopy(value)
    here = found
    for key in place[:-1]:
        here = here[key]
    here[place[-1]] = new
    return found
