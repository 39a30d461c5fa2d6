"""Tasks that say why they do not run, nodes that take none, updates given up on: as other people's Swarms word it."""

from dataclasses import replace

import pytest

from fixtures.diagnose.engine import UNKNOWN, diagnose
from fixtures.diagnose.task_words import Says, says
from fixtures.diagnose.values import Confidence
from fixtures.judge.drift import Drift
from tests.harness.samples import faults, stranded
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import ONE, THREE, TWO, attempt, blind, changed, with_tasks

MANY = "no suitable node ({})"


@pytest.mark.parametrize(
    ("error", "meaning"),
    [
        (MANY.format("host-mode port already in use on 3 nodes"), Says.PORT),
        (MANY.format("scheduling constraints not satisfied on 2 nodes; host-mode port already in use on 1 node"), Says.PORT),
        ("driver failed programming external connectivity on endpoint web (ab12): Bind for 0.0.0.0:8080 failed: "
         "port is already allocated", Says.PORT),
        ("starting container failed: listen udp4 0.0.0.0:53: bind: address already in use", Says.PORT),
        (MANY.format("insufficient resources on 3 nodes"), Says.ROOM),
        (MANY.format("max replicas per node limit exceed"), Says.PER_NODE),
        ("No such image: registry.example/app:7f3", Says.IMAGE),
        ("pull access denied for app, repository does not exist or may require 'docker login'", Says.IMAGE),
        ('manifest for app:v9 not found: manifest unknown: manifest unknown', Says.IMAGE),
        ("write /var/lib/docker/tmp/GetImageBlob1: no space left on device", Says.DISK),
        (MANY.format("1 node not available for new tasks; scheduling constraints not satisfied on 2 nodes"), Says.CLOSED),
        ("assigned node no longer meets constraints", Says.PLACE),
        ("no suitable node", Says.OTHER),
        (MANY.format("unsupported platform on 3 nodes"), Says.OTHER),
        ("secret reference not found", Says.OTHER),
        ("task: non-zero exit (137): dockerexec: unhealthy container", Says.UNHEALTHY),
        ("task: non-zero exit (1)", Says.ENDED),
        ("", None),
    ],
)  # fmt: skip
def test_what_a_task_says(error: str, meaning: Says | None) -> None:
    """The words of scheduler, agent and engine; constraints count only where nothing else is said."""
    assert says(samples.task("tts", 1, None, 9, error=error)) is meaning


@pytest.mark.parametrize(
    "make",
    [stranded.port_taken, stranded.no_room, stranded.max_per_node, stranded.image_missing, stranded.disk_full,
     stranded.odd_error, stranded.placed_nowhere, stranded.label_gone, stranded.closed],
)  # fmt: skip
def test_a_task_s_own_words_are_quoted(make: faults.Make) -> None:
    """Whatever the Swarm said of the task stands in the cause, word for word."""
    seen = make()
    assert seen.state is not None
    (error,) = {task.error for task in seen.state.tasks if task.error}
    (cause,) = diagnose(seen, frozenset({"healthy"})).explaining
    assert any(f"“{error}”" in text for text in cause.speaks_for)


def test_an_error_that_no_rule_knows_is_the_cause_itself() -> None:
    """It is named, with its words in the title, and nothing is called unknown."""
    seen = stranded.waiting("redis", "failed to allocate gateway: plugin says 42", state="rejected", node=ONE)
    found = diagnose(seen, frozenset({"healthy", "call"}))
    assert found.ids == ("task-error",)
    assert "failed to allocate gateway: plugin says 42" in found.causes[0].title


def test_only_what_the_service_has_a_part_in_is_explained() -> None:
    """A speech service without an image fails no call; the SFU without one does; the page's fails requests."""
    assert diagnose(stranded.image_missing(), frozenset({"call"})).causes[0].id == UNKNOWN
    sfu = stranded.waiting("mediasoup", "No such image: sfu:2", state="rejected", node=TWO)
    assert diagnose(sfu, frozenset({"call", "mediasoup-pinned"})).ids == ("image-missing",)
    page = stranded.waiting("frontend", "No such image: page:2", state="rejected", node=TWO)
    assert diagnose(page, frozenset({"no-504", "spread"})).ids == ("image-missing",)
    assert diagnose(page, frozenset({"turn"})).causes[0].id == UNKNOWN


def test_what_was_rejected_and_runs_elsewhere_is_over() -> None:
    """A service with all its replicas has no cause in a task that one node rejected before."""
    ended = samples.task("tts", 1, THREE, 60, state="rejected", desired_state="shutdown", error="No such image: x",
                         since=samples.NOW)  # fmt: skip
    assert diagnose(with_tasks(samples.sound(), "tts", lambda t: t, [ended])).ids == ()


def test_a_node_by_another_name_lost_its_label() -> None:
    """The node is found by being up without a label of the plan; of two such nodes it is not told which."""
    (cause,) = diagnose(stranded.label_gone("vps-4711")).causes
    assert (cause.id, cause.names("node"), cause.confidence) == (
        "label-gone",
        ("vps-4711",),
        Confidence.PROVED,
    )
    assert "label-add instance=translation02 vps-4711" in cause.remedy
    two = stranded.nodes(
        lambda n: replace(n, hostname=f"vps-{n.hostname[-1]}", labels={}) if n.hostname in (TWO, THREE) else n
    )
    found = [cause for cause in diagnose(two).causes if cause.id == "label-gone"]
    assert [cause.confidence for cause in found] == [Confidence.LIKELY] * 2
    assert all("which of vps-2, vps-3" in cause.undecided for cause in found)


def test_a_node_without_its_label_is_not_down() -> None:
    """Nor is one that is closed: it is up, and what is to be done differs."""
    for seen in (stranded.label_gone(), stranded.closed(), stranded.closed("pause")):
        assert "node-down" not in diagnose(seen).ids
    (paused,) = diagnose(stranded.closed("pause")).causes
    assert "its availability is pause" in paused.title


def test_a_node_that_stranded_nothing_fails_nothing_else() -> None:
    """It is named under health; a call that fails meanwhile has another cause."""
    paused = stranded.nodes(lambda n: replace(n, availability="pause") if n.hostname == THREE else n)
    bare = stranded.nodes(lambda n: replace(n, labels={}) if n.hostname == THREE else n)
    for seen, slug in ((paused, "node-closed"), (bare, "label-gone")):
        assert diagnose(seen, frozenset({"healthy"})).ids == (slug,)
        assert diagnose(seen, frozenset({"call"})).ids == (UNKNOWN, slug)
    assert diagnose(stranded.label_gone(), frozenset({"call", "mediasoup-pinned"})).ids == ("label-gone",)


@pytest.mark.parametrize("short", ["redis", "coturn", "signaling"])
def test_a_store_that_waits_for_its_node_is_not_merely_gone(short: str) -> None:
    """Where a task says why it waits, that is the cause, and not that nothing runs."""
    words = MANY.format("scheduling constraints not satisfied on 3 nodes")
    seen = stranded.nodes(
        lambda n: replace(n, labels={}) if n.hostname == ONE else n, stranded.waiting(short, words)
    )
    seen = changed(seen, short, constraints=(f"node.labels.instance=={ONE}",))
    assert diagnose(seen, frozenset({"healthy"})).ids == ("label-gone",)


def test_a_number_of_replicas_by_hand_comes_before_its_drift() -> None:
    """What the drift brought about is one cause, with the drift as how it came."""
    found = diagnose(stranded.scaled(), frozenset({"healthy", "routing", "drift", "spread"}))
    assert found.ids == ("scaled",)
    assert any("drift" in text for text in found.causes[0].speaks_for)
    assert diagnose(stranded.scaled(2), frozenset({"healthy"})).ids == ("scaled",)


def test_a_halted_update_is_quoted_with_its_task() -> None:
    """The Swarm's message, since when, and the task that it names come before the drift, which is how it came."""
    found = diagnose(stranded.halted(), frozenset({"healthy", "drift", "routing"}))
    assert found.ids == ("update-halted",)
    (cause,) = found.causes
    assert "since 2026-11-23 16:57:00Z" in cause.title
    assert cause.speaks_for[0] == (
        f"the Swarm says of it: “update paused due to failure or early termination of task {stranded.TASK}”"
    )
    assert "task: non-zero exit (1)" in cause.speaks_for[1]


def test_an_update_that_was_rolled_back_long_ago_fails_no_request() -> None:
    """All replicas run as before it: requests that fail have another cause, and what was rolled back by hand has none."""
    seen = replace(stranded.rolled_back(ended=True), attempts=(attempt(500),))
    assert diagnose(seen, frozenset({"healthy"})).explaining[0].id == "rolled-back"
    assert diagnose(replace(seen, drifts=()), frozenset({"no-504"})).causes[0].id == UNKNOWN
    by_hand = with_tasks(seen, "frontend", lambda t: t if t.running else None)
    assert "rolled-back" not in diagnose(by_hand, frozenset({"healthy"})).ids


def test_an_update_that_is_well_is_no_cause() -> None:
    """Completed or under way, nothing was given up."""
    for state in ("completed", "updating"):
        assert not {"update-halted", "rolled-back"} & set(diagnose(stranded.halted(state)).ids)


def test_a_kill_for_memory_needs_the_engine_s_word() -> None:
    """137 alone is anybody's kill; with a limit below the plan's it is likely, and says what decides."""
    found = diagnose(stranded.unread_137()).named("killed-for-memory")
    assert [cause.confidence for cause in found] == [Confidence.LIKELY]
    assert found[0].undecided
    killed = replace(faults.killed(), containers=(stranded.container("mediasoup", TWO, exit_code=137),))
    assert "killed-for-memory" not in diagnose(killed).ids
    assert diagnose(killed).ids == ("mediasoup-restarts",)


def test_a_task_that_speaks_of_memory_is_enough() -> None:
    """Without a look at any container, where the Swarm passes the words on."""
    seen = blind(stranded.starved(), "containers")
    seen = with_tasks(
        seen, "signaling", lambda t: replace(t, error="task: non-zero exit (137): OOM") if t.error else t
    )
    (cause,) = diagnose(seen).named("killed-for-memory")
    assert cause.confidence is Confidence.PROVED
    assert any("137): OOM" in text for text in cause.speaks_for)


def test_less_memory_by_hand_is_how_it_came() -> None:
    """A drift of the limit is no cause beside the kills that it brought."""
    drift = Drift("translation_signaling", "memory limit", "512M", "30M")
    found = diagnose(replace(stranded.starved(), drifts=(drift,)), frozenset({"healthy", "drift"}))
    assert found.ids == ("killed-for-memory",)
    other = Drift("translation_signaling", "image", "a", "b")
    assert diagnose(replace(stranded.starved(), drifts=(other,))).ids == ("killed-for-memory", "drift")
