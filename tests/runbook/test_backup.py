"""Phase 1: what the cluster holds is kept before anything is changed, and a changed cluster is brought back to it."""

import json
from dataclasses import replace
from pathlib import Path

import pytest

from fixtures.backup import folder
from fixtures.backup.values import Backup, Kind
from fixtures.judge.drift import OF_THE_NODE, drifts
from fixtures.observe.swarm import parse
from fixtures.observe.swarm.state import Service
from fixtures.runbook.operator_acts import Rehearsal
from fixtures.runbook.rehearsing import Note
from fixtures.runbook.restoring import restore
from lab.cluster.stack_deploy import STACK_NAME
from lab.compose.reference import REFERENCE_STACK

pytestmark = [pytest.mark.runbook, pytest.mark.runbook_short, pytest.mark.xdist_group("runbook")]


def services_in(backup: Backup) -> list[Service]:
    """The services of a backup, their networks by name, as those of a stack file are."""
    names = {each.id: each.name for each in backup.of(Kind.NETWORK)}
    services = [parse.service(each.content) for each in backup.of(Kind.SERVICE)]
    return [
        replace(each, networks=tuple(sorted(names.get(id_, OF_THE_NODE) for id_ in each.networks)))
        for each in services
    ]


def test_a_changed_cluster_is_brought_back(rehearsal: Rehearsal, note: Note, tmp_path: Path) -> None:
    """Backup; five changes by hand; `backup check` names each of them; restored, everything holds and nothing drifted."""
    before = tmp_path / "before"
    saved = rehearsal.suite("backup", str(before), "--stack-file", str(REFERENCE_STACK))
    assert saved.status == 0, saved.text
    assert rehearsal.suite("backup", "check", str(before)).status == 0
    note("backup", saved.took_s, came_of_it=saved.text.splitlines()[0].partition(": ")[2].partition(": ")[2])

    for words in (
        ("--constraint-add", "node.labels.instance==translation01", f"{STACK_NAME}_frontend"),
        ("--replicas", "2", f"{STACK_NAME}_signaling"),
        ("--env-add", "LOG_LEVEL=debug", f"{STACK_NAME}_tts"),
    ):
        changed = rehearsal.docker("service", "update", "--quiet", *words)
        assert changed.status == 0, changed.text
    assert rehearsal.docker("service", "rm", f"{STACK_NAME}_translation").status == 0
    assert rehearsal.docker("node", "update", "--label-add", "rehearsed=yes", "translation02").status == 0

    checked = rehearsal.suite("backup", "check", str(before), "-o", "json")
    assert checked.status == 1, checked.text
    found = {(each["kind"], each["name"]): each for each in json.loads(checked.text)["objects"]}
    wrong = {key: each["state"] for key, each in found.items() if each["state"] != "same"}
    assert wrong == {
        ("node", "translation02"): "changed", ("service", f"{STACK_NAME}_frontend"): "changed",
        ("service", f"{STACK_NAME}_signaling"): "changed", ("service", f"{STACK_NAME}_tts"): "changed",
        ("service", f"{STACK_NAME}_translation"): "gone",
    }, checked.text  # fmt: skip
    (field,) = found["service", f"{STACK_NAME}_signaling"]["fields"]
    assert (field["place"], field["was"], field["now"]) == ("Spec.Mode.Replicated.Replicas", "3", "2")
    note("five changes by hand", 0, came_of_it=f"backup check names {len(wrong)} objects, field by field")

    backup = folder.read(before)
    done, took_s = rehearsal.timed(lambda: restore(rehearsal.lab, rehearsal.api, backup))
    assert len(done) == len(wrong), done
    again = rehearsal.suite("backup", "check", str(before))
    assert again.status == 0, again.text
    assert drifts(services_in(backup), rehearsal.state(), STACK_NAME) == ()
    note(
        "restore (the lab alone)",
        took_s,
        came_of_it=f"{len(done)} objects brought back; backup check: all the same; no drift",
    )
