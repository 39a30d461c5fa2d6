"""The looks that a diagnosis takes by itself: what each asks for, and what it makes of the answer."""

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import pytest

from fixtures.diagnose import looks
from fixtures.diagnose.observations import TurnSeen
from fixtures.limits import Limits
from fixtures.observe.http.certificates import Certificate
from fixtures.observe.http.edge_api import Login
from fixtures.observe.http.traefik_api import EdgeApiError, EdgeConfiguration
from fixtures.observe.swarm.state import LogIncompleteError, LogLine
from fixtures.observe.turn.values import (
    Allocation,
    RelayTrip,
    TurnAccess,
    TurnBrokenError,
    TurnRefusedError,
    TurnServer,
)
from fixtures.target.reach import Reach
from fixtures.target.values import DashboardPassword, SwarmApi, Target, TurnSecret
from lab.text.secrets import Secret
from tests.harness.samples import observed as samples

API = SwarmApi("unix:///nowhere")
MEDIA = samples.PLAN.host_of("media").name


class Manager:
    """A Swarm that says what it is told to; `asked` holds what was asked of its log."""

    def __init__(self, *texts: str, ends: bool = True) -> None:
        self.lines = tuple(LogLine(None, "t", "n", "stdout", text) for text in texts)
        self.ends, self.asked = ends, list[tuple[str, datetime, float]]()

    def observe(self) -> object:
        return samples.sound().state

    def running_log(self, name: str, *, since: datetime, deadline_s: float) -> tuple[LogLine, ...]:
        self.asked.append((name, since, deadline_s))
        if not self.ends:
            raise LogIncompleteError("a node is gone", self.lines)
        return self.lines


@pytest.fixture
def opened(monkeypatch: pytest.MonkeyPatch) -> Callable[[Manager], Manager]:
    """Makes a manager the one at API, and at no other."""

    def make(manager: Manager) -> Manager:
        @contextmanager
        def opens(api: SwarmApi) -> Iterator[Manager]:
            assert api is API
            yield manager

        monkeypatch.setattr(looks, "open_swarm", opens)
        return manager

    return make


def logged(ago_s: float, path: str = "/") -> str:
    """A request as Traefik logs it, so many seconds ago."""
    return logged_at(datetime.now(UTC) - timedelta(seconds=ago_s), path)


def logged_at(moment: datetime, path: str) -> str:
    """A request as Traefik logs it, in whole seconds."""
    at = moment.strftime("%d/%b/%Y:%H:%M:%S +0000")
    return f'10.0.0.2 - - [{at}] "GET {path} HTTP/2.0" 200 512 "-" "-" 1 "frontend@swarm" "http://10.0.1.11:80" 3ms'


def test_the_state_is_what_the_api_says(opened: Callable[[Manager], Manager]) -> None:
    """Of the target's own API."""
    opened(Manager())
    assert looks.state_of(API) == samples.sound().state


def since_of(manager: Manager) -> float:
    """How long ago the log that was asked for begins, in seconds."""
    ((name, since, deadline_s),) = manager.asked
    assert (name, deadline_s) == ("translation_traefik", looks.LOG_DEADLINE_S)
    return (datetime.now(UTC) - since).total_seconds()


@pytest.mark.parametrize(
    ("ago", "begins_s"), [(None, 122), (timedelta(seconds=50), 52), (timedelta(hours=5), 1802)]
)
def test_the_log_is_read_since_our_first_request(
    opened: Callable[[Manager], Manager], ago: timedelta | None, begins_s: float
) -> None:
    """A little before it; of two minutes where there was none; of half an hour at most."""
    manager = opened(Manager(logged(1)))
    since = None if ago is None else datetime.now(UTC) - ago
    lines, _ = looks.edge_log(API, "translation_traefik", since)
    assert len(lines) == 1
    assert since_of(manager) == pytest.approx(begins_s, abs=1.5)


@pytest.mark.parametrize("ends", [True, False])
def test_what_came_of_the_log_is_told_apart(opened: Callable[[Manager], Manager], ends: bool) -> None:
    """Requests since then; of what the edge says itself only warnings and errors; a log without an end counts too."""
    warnings = [
        "2025-11-11T11:11:11Z ERR no such network",
        "time=x level=warn msg=y",
        "a level=error b",
        "x WRN y",
    ]
    opened(
        Manager(
            logged(400, "/old"), logged(30, "/a"), "INF all is well", *warnings, logged(2, "/b"), ends=ends
        )
    )
    since = datetime.now(UTC) - timedelta(seconds=60)
    lines, own = looks.edge_log(API, "translation_traefik", since)
    assert [line.path for line in lines] == ["/a", "/b"]
    assert list(own) == warnings


def test_what_the_edge_says_is_read_since_the_last_change(opened: Callable[[Manager], Manager]) -> None:
    """At each change Traefik reads all labels again: since then, an hour at most, its own warnings and errors alone."""
    word, broken = "2026-11-23T16:59:00Z ERR no such middleware", '10.0.0.2 - - [x] "GET /ERR'
    manager = opened(Manager(logged(1, "/ERR"), word, broken, "2026-11-23T16:59:00Z INF fine", ends=False))
    assert looks.edge_words(API, "translation_traefik") == (word,)
    assert since_of(manager) == pytest.approx(3602, abs=1.5)  # the sample's Swarm changed long ago
    state = samples.sound().state
    assert state is not None
    recent = replace(state.services[0], updated=datetime.now(UTC) - timedelta(seconds=40))
    manager = opened(Manager(word))
    manager.observe = lambda: replace(state, services=(recent,))  # type: ignore[method-assign]
    looks.edge_words(API, "translation_traefik")
    assert since_of(manager) == pytest.approx(42, abs=1.5)


def test_the_api_is_asked_at_the_dashboard_s_host(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """With the user and the password that the target names; without a dashboard in the plan it says so."""
    asked: list[tuple[str, Login | None]] = []

    async def configuration(reach: Reach, base: str, login: Login | None) -> EdgeConfiguration:
        asked.append((base, login))
        return EdgeConfiguration()

    monkeypatch.setattr("fixtures.observe.http.edge_api.configuration", configuration)
    (tmp_path / "password").write_text("hush\n")
    target = Target("t", Reach({}), samples.PLAN)
    looks.edge_configuration(target)
    looks.edge_configuration(replace(target, dashboard=DashboardPassword(None, tmp_path / "password", "me")))
    assert asked == [
        ("https://traefik.jbcalling.site", None),
        ("https://traefik.jbcalling.site", Login("me", Secret("hush"))),
    ]
    without = tuple(host for host in samples.PLAN.hosts if host.kind != "dashboard")
    with pytest.raises(EdgeApiError, match="no host of kind dashboard"):
        looks.edge_configuration(replace(target, plan=replace(samples.PLAN, hosts=without)))


def test_a_request_of_the_very_second_in_which_the_look_begins_counts(
    opened: Callable[[Manager], Manager],
) -> None:
    """The log has whole seconds: our first request may bear it; the second before is another's."""
    since = datetime.now(UTC).replace(microsecond=0) - timedelta(seconds=60)
    begins = since - looks.CLOCK_SLACK
    opened(Manager(logged_at(begins - timedelta(seconds=1), "/before"), logged_at(begins, "/at")))
    lines, _ = looks.edge_log(API, "translation_traefik", since)
    assert [line.path for line in lines] == ["/at"]


def test_a_request_without_a_time_is_kept(opened: Callable[[Manager], Manager]) -> None:
    """It cannot be told to be an old one."""
    opened(Manager('{"RequestMethod":"GET","RequestPath":"/a","DownstreamStatus":200,"Duration":5}'))
    lines, own = looks.edge_log(API, "translation_traefik", None)
    assert [(line.path, line.when) for line in lines] == [("/a", None)]
    assert own == ()


def test_every_web_host_is_asked_for_its_certificate(monkeypatch: pytest.MonkeyPatch) -> None:
    """Side by side, each within its deadline, in the plan's order; a media host presents none."""
    reach = Reach({})
    asked: list[tuple[object, float]] = []

    async def certificate(of: Reach, host: str, *, deadline_s: float) -> Certificate:
        asked.append((of, deadline_s))
        return samples.certificate(host)

    monkeypatch.setattr(looks, "certificate", certificate)
    found = looks.certificates(Target("t", reach, samples.PLAN))
    assert [each.host for each in found] == [host.name for host in samples.PLAN.web_hosts]
    assert asked == [(reach, looks.CERTIFICATES_DEADLINE_S)] * len(found)


class Relay:
    """A relay that gives an allocation and carries on the ways that it is told to, or refuses with an error."""

    def __init__(
        self, in_s: float | None = 0.1, out_s: float | None = 0.1, error: Exception | None = None
    ) -> None:
        self.ways, self.error, self.accesses = (in_s, out_s), error, list[TurnAccess]()

    def given(self, access: TurnAccess) -> Allocation:
        return Allocation(access.server, "192.0.2.7", 49160, "192.0.2.1", 4000, True, 0.01)

    async def allocation_of(self, access: TurnAccess) -> Allocation:
        self.accesses.append(access)
        if self.error:
            raise self.error
        return self.given(access)

    async def round_trip(self, access: TurnAccess) -> RelayTrip:
        self.accesses.append(access)
        return RelayTrip(self.given(access), *self.ways)


@pytest.fixture
def target(tmp_path: Path) -> Target:
    """A target whose secret is in a file, whose media host is dialled elsewhere, and whose credentials are short."""
    (tmp_path / "secret").write_text("north\n")
    reach = Reach({MEDIA: "192.0.2.7"}, limits=Limits(turn_credential_s=77))
    plan = replace(samples.PLAN, turn_port=3999)
    return Target("t", reach, plan, turn_secret=TurnSecret(file=tmp_path / "secret"))


def looked(target: Target, relay: Relay, monkeypatch: pytest.MonkeyPatch) -> tuple[TurnSeen, ...]:
    for name in ("allocation_of", "round_trip"):
        monkeypatch.setattr(looks, name, getattr(relay, name))
    return looks.turns(target)


SERVER = TurnServer(MEDIA, "192.0.2.7", 3999)
GIVEN = f"TURN at {MEDIA} (192.0.2.7):3999/udp relays at 192.0.2.7:49160"


@pytest.mark.parametrize(
    ("in_s", "out_s", "said"),
    [
        (0.1, 0.0, GIVEN), (None, 0.1, "nothing comes in at port 49160"), (0.1, None, "nothing comes out at port 49160"),
        (None, None, "nothing comes in and out at port 49160"),
    ],
)  # fmt: skip
def test_the_relay_is_tried_both_ways(
    target: Target, in_s: float | None, out_s: float | None, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """With the target's own address, port, secret and lifetime; a way on which nothing came is named."""
    relay, before = Relay(in_s, out_s), int(time.time())
    found = looked(target, relay, monkeypatch)
    assert found == (
        TurnSeen("allocate", True, None, GIVEN), TurnSeen("relay", said == GIVEN, None, said),
    )  # fmt: skip
    first, second = relay.accesses
    assert first is second
    assert first.server == replace(SERVER, limits=target.limits)
    assert before + 77 <= first.credential.expires <= int(time.time()) + 77


@pytest.mark.parametrize(
    ("error", "code"),
    [
        (TurnRefusedError("refused", 486, "Quota", True), 486),
        (TurnBrokenError("broken"), None),
    ],
)
def test_a_relay_that_gives_nothing_is_not_tried_further(
    target: Target, error: Exception, code: int | None, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Its words and its code, where it said one."""
    relay: Any = Relay(error=error)
    assert looked(target, relay, monkeypatch) == (TurnSeen("allocate", False, code, str(error)),)
    assert len(relay.accesses) == 1


def test_without_a_secret_the_relay_is_left_alone(target: Target, monkeypatch: pytest.MonkeyPatch) -> None:
    """Nothing is asked of it."""
    relay = Relay()
    assert looked(replace(target, turn_secret=None), relay, monkeypatch) == ()
    assert relay.accesses == []
