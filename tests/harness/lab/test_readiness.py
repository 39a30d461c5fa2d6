"""When a stack is ready, when waiting for it is of no use, and what is said when it does not come."""

import datetime
from dataclasses import dataclass, field
from typing import Any

import pytest
import requests

from lab.cluster.readiness import missing, wait_converged
from lab.errors import NotReadyError
from tests.harness.stand_ins.fake_engine import as_client

Json = dict[str, Any]
NOW, SPEC, OLD_SPEC = "2999-01-01T00:00:00.5Z", {"Image": "web:2"}, {"Image": "web:1"}
PAST = "2001-01-01T00:00:00.5Z"


def service(replicas: int | None = 2, update: str = "", at: str = NOW) -> Json:
    mode = {"Global": {}} if replicas is None else {"Replicated": {"Replicas": replicas}}
    spec = {"Name": "s_web", "Mode": mode, "TaskTemplate": {"ContainerSpec": SPEC}}
    status = (
        {"State": update, "StartedAt": at, "CompletedAt": at, "Message": "task failed"} if update else None
    )
    return {"ID": "web", "Spec": spec, "UpdateStatus": status}


def task(
    state: str = "running", desired: str = "running", spec: Json = SPEC, err: str = "", at: str = NOW
) -> Json:
    return {
        "ID": f"task-{state}-0123", "ServiceID": "web", "NodeID": "n1", "DesiredState": desired, "UpdatedAt": at,
        "Spec": {"ContainerSpec": spec}, "Status": {"State": state, "Err": err, "Timestamp": at},
    }  # fmt: skip


@dataclass
class FakeManager:
    """A manager's API: the services and tasks at each look, the last for ever; and a log."""

    looks: list[tuple[list[Json], list[Json]]]
    log: bytes | Exception = b""
    now: tuple[list[Json], list[Json]] = field(default=([], []))

    @property
    def api(self) -> "FakeManager":
        return self

    def services(self, *, filters: Json) -> list[Json]:
        assert filters == {"label": "com.docker.stack.namespace=s"}
        self.now = self.looks.pop(0) if len(self.looks) > 1 else self.looks[0]
        return self.now[0]

    def tasks(self, *, filters: Json) -> list[Json]:
        return self.now[1]

    def nodes(self) -> list[Json]:
        return [{"ID": "n1", "Description": {"Hostname": "translation01"}}, {"ID": "new", "Description": {}}]

    def service_logs(self, _service: str, **_: object) -> list[bytes]:
        if isinstance(self.log, Exception):
            raise self.log
        return [self.log]


def wait(
    *looks: tuple[list[Json], list[Json]], deadline_s: float = 5, log: bytes | Exception = b""
) -> list[str]:
    news: list[str] = []
    wait_converged(as_client(FakeManager(list(looks), log)), "s", deadline_s=deadline_s, on_wait=news.append)
    return news


@pytest.mark.parametrize(
    ("tasks", "lack"),
    [
        ([task(), task()], None),
        ([task()], "s_web 1/2"),
        ([task(), task("starting")], "s_web 1/2"),
        ([task(), task(), task("failed", "shutdown")], None),
        ([task(), task(), task(desired="shutdown")], None),
        ([task(), task(), task()], "s_web 3/2"),
        ([task(), task(spec=OLD_SPEC)], "s_web 1 of 2 still from the spec before"),
    ],
)
def test_what_a_service_lacks(tasks: list[Json], lack: str | None) -> None:
    """Just the wanted replicas run, each made from the spec as it is now; what is being shut down does not count."""
    assert missing(service(), tasks) == lack


@pytest.mark.parametrize("state", ["updating", "rollback_started"])
def test_an_update_under_way_is_not_ready(state: str) -> None:
    """Although all replicas run."""
    assert missing(service(update=state), [task(), task()]) == f"s_web {state}"


def test_a_global_service_wants_a_task_of_each_that_it_has() -> None:
    """At least one, and all that the Swarm gave it."""
    assert missing(service(None), []) == "s_web 0/1"
    assert missing(service(None), [task(), task("starting")]) == "s_web 1/2"
    assert missing(service(None), [task(), task()]) is None


def test_waiting_says_what_it_waits_for() -> None:
    """Each look that is not ready is reported as progress, and the wait ends when all run."""
    ready = ([service()], [task(), task()])
    assert wait(([], []), ([service()], [task()]), ready) == ["it has no service yet", "s_web 1/2"]


def test_right_after_a_deploy_the_old_tasks_are_not_taken_for_the_new() -> None:
    """The update has not begun, nothing says so, and all replicas run: it is waited for all the same."""
    old = ([service()], [task(spec=OLD_SPEC), task(spec=OLD_SPEC)])
    assert wait(old, ([service()], [task(), task()])) == ["s_web 2 of 2 still from the spec before"]


@pytest.mark.parametrize("state", ["paused", "rollback_paused", "rollback_completed"])
def test_an_update_that_was_given_up_is_an_error_at_once(state: str) -> None:
    """`docker stack deploy` calls it a success and all replicas run; the Swarm's words are in the error."""
    with pytest.raises(NotReadyError, match=f"will not come: s_web: update {state}: task failed") as caught:
        wait(([service(update=state)], [task(), task()]))
    assert "docker service ps --no-trunc s_web" in str(caught.value)


def test_an_update_given_up_long_ago_is_history() -> None:
    """A rollback before this deploy does not fail it."""
    assert wait(([service(update="rollback_completed", at=PAST)], [task(), task()])) == []


def test_an_error_that_stays_ends_the_wait() -> None:
    """An image that is nowhere will not appear, although the Swarm has already given up on that very task."""
    rejected = task("rejected", "shutdown", err="No such image: web:2")
    with pytest.raises(NotReadyError, match="will not come: No such image: web:2"):
        wait(([service()], [task(), rejected]))


def test_an_error_from_before_is_history() -> None:
    """A task that was rejected before this deploy does not fail it."""
    rejected = task("rejected", "shutdown", err="No such image: web:1", at=PAST)
    assert wait(([service()], [task(), task(), rejected])) == []


def test_an_error_of_the_last_second_counts() -> None:
    """What happened in the second in which the wait began is not missed."""
    stamp = datetime.datetime.now(datetime.UTC).isoformat()[:19] + ".1Z"
    with pytest.raises(NotReadyError, match="will not come: No such image: x"):
        wait(([service()], [task(), task("rejected", err="No such image: x", at=stamp)]))


def test_a_deadline_names_tasks_errors_and_log() -> None:
    """Which task on which node is in which state since when, with which error, and what it said last."""
    failed = task("failed", "shutdown", err="task: non-zero exit (3)")
    log = b"2024-01-01T00:00:01Z second\n2024-01-01T00:00:00Z first\n"
    with pytest.raises(NotReadyError) as caught:
        wait(([service()], [task(), failed]), deadline_s=0.1, log=log)
    text = str(caught.value)
    assert "stack s: not within 0.1 s; last seen: s_web 1/2" in text
    assert (
        "task task-failed- on translation01: failed since 2999-01-01T00:00:00: task: non-zero exit (3)"
        in text
    )
    assert (
        text.index("first") < text.index("second") < text.index("by hand: docker service ps --no-trunc s_web")
    )


def test_a_log_that_cannot_be_read_does_not_hide_the_rest() -> None:
    """A node that is gone keeps its log, and the task errors are in the error all the same."""
    gone = requests.exceptions.ReadTimeout("read timed out")
    with pytest.raises(NotReadyError, match=r"(?s)s_web 0/2.*its log cannot be read: read timed out"):
        wait(([service()], []), deadline_s=0.1, log=gone)
