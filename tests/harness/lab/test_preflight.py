"""What a machine lacks is found before anything is created, each lack in a line with its remedy."""

import os
import socket
from collections import namedtuple
from dataclasses import dataclass, replace
from pathlib import Path
from typing import Any

import pytest

from lab.errors import InputError, PreflightError
from lab.host import engine, preflight
from lab.host.preflight import MIN_DISK_BUILD, MIN_DISK_RUN, MIN_INOTIFY_FREE, MIN_MEMORY, Machine
from tests.harness.stand_ins.fake_engine import as_client

ENOUGH = Machine(MIN_DISK_BUILD, MIN_MEMORY, MIN_INOTIFY_FREE)
SWARM_MODULES = frozenset({"overlay", "vxlan", "bridge", "veth"})
Usage = namedtuple("Usage", "total used free")


@dataclass
class FakeHost:
    """A client of an engine that says of itself what `facts` hold."""

    facts: dict[str, Any]
    base_url: str = "http+docker://localhost"

    @property
    def api(self) -> "FakeHost":
        return self

    def info(self) -> dict[str, Any]:
        return {"OSType": "linux", "DockerRootDir": "/var/lib/docker", **self.facts}


@pytest.fixture
def _sound(monkeypatch: pytest.MonkeyPatch) -> None:
    """A machine that lacks nothing, whatever this one is."""
    monkeypatch.setattr(preflight, "read_machine", lambda _client: ENOUGH)
    monkeypatch.setattr(preflight, "kernel_lacks", lambda _filesystems, _modules: [])
    monkeypatch.setattr(preflight, "unreachable_sources", list)


def test_enough_of_everything_is_no_lack() -> None:
    """A machine just at the limits passes."""
    assert preflight.judge(ENOUGH, building=True) == []


def test_what_cannot_be_read_is_no_lack() -> None:
    """Of a remote engine's machine nothing is known from here, and nothing is claimed."""
    assert preflight.judge(Machine(None, None, None), building=True) == []


@pytest.mark.parametrize(
    ("machine", "said"),
    [
        (
            replace(ENOUGH, disk_free=MIN_DISK_BUILD - 1),
            "disk: 5119 MiB free under Docker's data root, 5120 wanted",
        ),
        (replace(ENOUGH, memory_available=1 << 30), "memory: 1024 MiB available, 2048 wanted"),
        (replace(ENOUGH, inotify_free=3), f"inotify: 3 instances left, {MIN_INOTIFY_FREE} wanted: sysctl -w"),
    ],
)
def test_each_lack_is_one_line(machine: Machine, said: str) -> None:
    """What was found, what is wanted, and what to do."""
    (line,) = preflight.judge(machine, building=True)
    assert line.startswith(said)
    assert "\n" not in line


def test_running_needs_less_disk_than_building() -> None:
    """A machine whose images are there is not refused for what only a build needs."""
    machine = replace(ENOUGH, disk_free=MIN_DISK_RUN)
    assert preflight.judge(machine, building=False) == []
    assert len(preflight.judge(machine, building=True)) == 1


@pytest.mark.parametrize("version", [(3, 10), (2, 7)])
def test_an_old_python_is_refused(version: tuple[int, int]) -> None:
    """Older than 3.11 is refused with what to install."""
    with pytest.raises(PreflightError, match=r"Python \d\.\d+ is too old: install Python 3\.11 or newer"):
        preflight.check_python(version)


@pytest.mark.parametrize("version", [(3, 11), (3, 14), (4, 0)])
def test_a_new_python_passes(version: tuple[int, int]) -> None:
    """3.11 and anything newer is no lack; (3, 9) would compare greater as text."""
    preflight.check_python(version)


@pytest.mark.parametrize("lacking", sorted(SWARM_MODULES))
def test_a_kernel_without_a_part_of_a_swarm_is_reported(lacking: str) -> None:
    """Each part that a Swarm needs is missed by name."""
    assert preflight.kernel_lacks("nodev\ttmpfs\n\text4\n", SWARM_MODULES - {lacking}) == [lacking]


def test_a_kernel_is_not_blamed_for_what_it_does_not_say() -> None:
    """Built in without a list of modules: only the file systems can be judged."""
    assert preflight.kernel_lacks("nodev\toverlay\n", None) == []
    assert preflight.kernel_lacks("nodev\ttmpfs\n", None) == ["overlay"]


@pytest.mark.usefixtures("_sound")
def test_all_lacks_are_reported_at_once(monkeypatch: pytest.MonkeyPatch) -> None:
    """A person mends everything in one go: machine, engine, kernel and sources, a line each."""
    monkeypatch.setattr(preflight, "read_machine", lambda _client: Machine(0, 0, 0))
    monkeypatch.setattr(preflight, "kernel_lacks", lambda _filesystems, _modules: ["vxlan"])
    monkeypatch.setattr(preflight, "unreachable_sources", lambda: ["PyPI"])
    with pytest.raises(PreflightError) as caught:
        preflight.check(as_client(FakeHost({"OSType": "windows"})), missing_images=True)
    starts = [line.split()[0].rstrip(":") for line in str(caught.value).splitlines()]
    assert starts == ["disk", "memory", "inotify", "engine", "kernel", "package"]


@pytest.mark.usefixtures("_sound")
def test_sources_are_asked_only_when_something_is_to_be_built(monkeypatch: pytest.MonkeyPatch) -> None:
    """A laptop without a network runs the lab whose images it has."""
    monkeypatch.setattr(preflight, "unreachable_sources", lambda: ["npm"])
    preflight.check(as_client(FakeHost({})), missing_images=False)
    with pytest.raises(
        PreflightError, match="package source npm cannot be reached, and images are still to be built"
    ):
        preflight.check(as_client(FakeHost({})), missing_images=True)


def test_a_remote_engines_machine_is_not_read() -> None:
    """Its disk and memory are not this machine's."""
    assert preflight.read_machine(as_client(FakeHost({}, "http://10.0.0.1:2375"))) == Machine(
        None, None, None
    )


def test_disk_is_asked_where_it_can_be_seen(monkeypatch: pytest.MonkeyPatch) -> None:
    """A data root that does not exist here, or that only root may look into, is asked for by its parent."""
    seen = []

    def usage(path: Path) -> Usage:
        seen.append(str(path))
        if str(path) == "/var/lib/docker/1000.1000":
            raise PermissionError(path)
        if str(path) == "/var/lib/docker":
            raise FileNotFoundError(path)
        return Usage(3, 2, 1)

    monkeypatch.setattr("shutil.disk_usage", usage)
    assert (
        preflight.read_machine(as_client(FakeHost({"DockerRootDir": "/var/lib/docker/1000.1000"}))).disk_free
        == 1
    )
    assert seen == ["/var/lib/docker/1000.1000", "/var/lib/docker", "/var/lib"]


@pytest.fixture
def listening() -> Any:  # noqa: ANN401
    with socket.create_server(("127.0.0.1", 0)) as server:
        yield server.getsockname()


def shut() -> tuple[str, int]:
    """An address that refuses."""
    with socket.create_server(("127.0.0.1", 0)) as server:
        host, port = server.getsockname()[:2]
    return host, port


@pytest.fixture
def _no_proxy(monkeypatch: pytest.MonkeyPatch) -> None:
    for name in preflight.PROXY_VARIABLES:
        monkeypatch.delenv(name, raising=False)


@pytest.mark.usefixtures("_no_proxy")
def test_a_source_whose_door_is_shut_is_named(listening: tuple[str, int]) -> None:
    """One that opens is not named, and one that does not is."""
    assert preflight.unreachable_sources({"open": listening, "shut": shut()}) == ["shut"]


@pytest.mark.usefixtures("_no_proxy")
@pytest.mark.parametrize("form", ["http://{}:{}", "{}:{}", "https://user:secret@{}:{}/simple"])
def test_behind_a_proxy_only_the_proxy_is_asked(
    form: str, listening: tuple[str, int], monkeypatch: pytest.MonkeyPatch
) -> None:
    """The sources themselves need not be reachable then, and a password in the address is never shown."""
    monkeypatch.setenv("https_proxy", form.format(*listening))
    assert preflight.unreachable_sources({"shut": shut()}) == []
    host, port = shut()
    monkeypatch.setenv("https_proxy", form.format(host, port))
    assert preflight.unreachable_sources({"open": listening}) == [f"https_proxy {host}:{port}"]


@pytest.mark.usefixtures("_no_proxy")
def test_a_proxy_that_is_no_address_is_named(monkeypatch: pytest.MonkeyPatch) -> None:
    """A port that is no number is a lack like another, not a traceback."""
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:eighty")
    assert preflight.unreachable_sources({}) == ["HTTP_PROXY 127.0.0.1:0"]


@pytest.fixture
def _no_engine_variables(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    for name in ("DOCKER_HOST", "DOCKER_CONTEXT", "DOCKER_TLS_VERIFY", "DOCKER_CERT_PATH"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("DOCKER_CONFIG", str(tmp_path))


@pytest.mark.usefixtures("_no_engine_variables")
@pytest.mark.parametrize(
    ("host", "said"),
    [
        (
            "tcp://{}:{}",
            r"no Docker engine answers at tcp://127\.0\.0\.1:\d+ \(.*Connection refused\): start Docker",
        ),
        ("unix:///no/such/socket", r"unix:///no/such/socket \(.*No such file or directory\): start Docker"),
        ("gopher://here", r"gopher://here \(Invalid bind address protocol: gopher://here\)"),
    ],
)
def test_an_engine_that_does_not_answer_is_one_line(
    host: str, said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Where it was looked for, why it did not answer, and how to get one."""
    monkeypatch.setenv("DOCKER_HOST", host.format(*shut()))
    with pytest.raises(PreflightError, match=said) as caught:
        engine.connect()
    assert "\n" not in str(caught.value)


@pytest.mark.usefixtures("_no_engine_variables")
def test_an_engine_behind_ssh_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """The nodes' addresses would not be reachable from here."""
    monkeypatch.setenv("DOCKER_HOST", "ssh://me@there")
    with pytest.raises(
        InputError, match="ssh://me@there cannot be used: a lab's nodes must be reachable from here"
    ):
        engine.connect()


@pytest.mark.usefixtures("_no_engine_variables")
def test_a_context_that_does_not_exist_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    """It is never passed over for the default engine, which may be another machine's."""
    monkeypatch.setenv("DOCKER_CONTEXT", "elsewhere")
    with pytest.raises(InputError, match="DOCKER_CONTEXT=elsewhere: there is no such context"):
        engine.connect()


def test_a_socket_without_permission_has_its_own_message() -> None:
    """Not having the permission is no missing engine, and its remedy is another."""
    said = engine._why_unreachable(None, PermissionError(13, "Permission denied"))
    assert said.startswith(
        "no permission on the Docker engine at unix:///var/run/docker.sock: join the group"
    )


@pytest.mark.skipif(
    os.geteuid() != 0 or not Path("/proc/self/fd").exists(), reason="not exercised: reads root's descriptors"
)
def test_inotify_instances_are_counted() -> None:
    """An instance that root opens is one less that is free."""
    import ctypes

    libc = ctypes.CDLL(None, use_errno=True)
    before = preflight._inotify_free()
    descriptors = [libc.inotify_init() for _ in range(5)]
    after = preflight._inotify_free()
    for descriptor in descriptors:
        os.close(descriptor)
    assert before is not None
    assert after is not None
    assert 3 <= before - after <= 7  # others come and go meanwhile
