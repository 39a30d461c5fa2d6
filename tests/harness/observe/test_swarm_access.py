"""Every way to a Swarm API, against a recording engine: over each of them nothing but GET ever leaves."""

import hashlib
import json
import os
import socket
import ssl
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
import trustme

from fixtures.limits import Limits
from fixtures.observe.swarm.access import open_swarm
from fixtures.observe.swarm.reader import Swarm
from fixtures.observe.swarm.ssh import command
from fixtures.observe.swarm.state import ReadOnlyError, SwarmUnreachableError
from fixtures.target.docker_endpoint import checked, from_environ, masked, of_context
from fixtures.target.values import SwarmApi, TargetError
from tests.harness.samples import swarm_api as samples
from tests.harness.samples.engine_calls import WRITES, Call
from tests.harness.stand_ins import dial_stdio
from tests.harness.stand_ins.engine_api import RecordingEngine, recording_engine

ANSWERS = {
    "/nodes": [samples.node("n1")],
    "/services": [samples.service("media")],
    "/tasks": [],
    "/networks": [],
}
SSH = "ssh://operator@translation01:2222"


@pytest.fixture
def engine() -> Iterator[RecordingEngine]:
    """An engine that writes down what it is sent."""
    with recording_engine(ANSWERS) as server:
        yield server


@pytest.fixture
def by_ssh(engine: RecordingEngine, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[Swarm]:
    """The engine through the stand-in for ssh."""
    dial_stdio.install(tmp_path, engine.server_address[1])
    monkeypatch.setenv("PATH", dial_stdio.path_with(tmp_path))
    with open_swarm(SwarmApi(SSH)) as swarm:
        yield swarm


@pytest.fixture
def by_tls(engine: RecordingEngine, tmp_path: Path) -> SwarmApi:
    """The engine over TCP with TLS, which asks for our certificate."""
    authority = trustme.CA()
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH)
    context.verify_mode = ssl.CERT_REQUIRED
    authority.configure_trust(context)
    authority.issue_cert("localhost").configure_cert(context)
    engine.socket = context.wrap_socket(engine.socket, server_side=True)
    client, (ca, cert, key) = authority.issue_cert("operator"), (tmp_path / n for n in ("ca", "cert", "key"))
    authority.cert_pem.write_to_path(str(ca))
    client.cert_chain_pems[0].write_to_path(str(cert))
    client.private_key_pem.write_to_path(str(key))
    return SwarmApi(f"tcp://localhost:{engine.server_address[1]}", ca, cert, key)


def test_ssh_reads(by_ssh: Swarm, engine: RecordingEngine, tmp_path: Path) -> None:
    """Through ssh the cluster is read as over any other way, over one connection."""
    state = by_ssh.observe()
    assert [node.hostname for node in state.nodes] == ["translation01"]
    assert engine.requests == [f"GET {p}" for p in ("/version", "/nodes", "/services", "/tasks", "/networks")]
    (call,) = (tmp_path / "ssh.log").read_text().splitlines()
    assert call.split("\x1f") == command(SSH, Limits().handshake_deadline_s)[1:]


@pytest.mark.parametrize("write", WRITES.values(), ids=WRITES)
def test_nothing_is_written_through_ssh(by_ssh: Swarm, engine: RecordingEngine, write: Call) -> None:
    """What would change the cluster is refused before a byte of it goes to ssh."""
    with pytest.raises(ReadOnlyError, match="was not sent"):
        write(by_ssh.client)
    assert engine.requests == ["GET /version"]


def test_nothing_is_written_over_tls(by_tls: SwarmApi, engine: RecordingEngine) -> None:
    """The same guard stands before TCP with TLS, where the client proves itself."""
    with open_swarm(by_tls) as swarm:
        assert len(swarm.observe().nodes) == 1
        for write in WRITES.values():
            with pytest.raises(ReadOnlyError, match="was not sent"):
                write(swarm.client)
    assert engine.requests
    assert all(request.startswith("GET ") for request in engine.requests)


def test_a_tls_name_that_does_not_match_is_one_line(by_tls: SwarmApi) -> None:
    """A certificate for another name is said to be that, and nothing is read."""
    url = by_tls.url.replace("localhost", "127.0.0.1")
    with pytest.raises(SwarmUnreachableError, match=r"certificate is not valid for '127.0.0.1'") as caught:
        open_swarm(SwarmApi(url, by_tls.ca_file, by_tls.certificate, by_tls.key))
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("refuses", "reason"),
    [("operator@translation01: Permission denied (publickey).", r"Permission denied \(publickey\)"),
     ("docker: command not found", "docker: command not found")],
)  # fmt: skip
def test_what_ssh_says_is_told(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, refuses: str, reason: str
) -> None:
    """An ssh that cannot get there is an unreachable API, in ssh's own words."""
    dial_stdio.install(tmp_path, 1, refuses)
    monkeypatch.setenv("PATH", dial_stdio.path_with(tmp_path))
    with pytest.raises(SwarmUnreachableError, match=rf"{SSH} does not answer: .*{reason}") as caught:
        open_swarm(SwarmApi(SSH))
    assert "\n" not in str(caught.value)


def test_without_ssh_it_is_said(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """No ssh program is one line, not a traceback of subprocess."""
    monkeypatch.setenv("PATH", str(tmp_path))
    with pytest.raises(SwarmUnreachableError, match="ssh cannot be started: No such file or directory"):
        open_swarm(SwarmApi(SSH))


@pytest.mark.parametrize(
    ("url", "tail"),
    [
        ("ssh://translation01", ["-T", "--", "translation01", "docker", "system", "dial-stdio"]),
        ("ssh://op@m:22", ["-T", "-l", "op", "-p", "22", "--", "m", "docker", "system", "dial-stdio"]),
        ("ssh://m/run/d x.sock", ["-T", "--", "m", "docker", "--host", "'unix:///run/d x.sock'", "system", "dial-stdio"]),
        ("ssh://-oProxyCommand=x", ["-T", "--", "-oproxycommand=x", "docker", "system", "dial-stdio"]),
    ],
)  # fmt: skip
def test_the_ssh_command(url: str, tail: list[str]) -> None:
    """User, port and socket reach ssh; no host is taken for an option; nothing is ever asked of a person."""
    found = command(url, 9.5)
    assert found[found.index("-T") :] == tail
    assert found[1:5] == [
        "-o",
        "BatchMode=yes",
        "-o",
        "ConnectTimeout=10",
    ]  # whole seconds are all that ssh takes


@pytest.fixture
def contexts(tmp_path: Path) -> Callable[[str, str, bool], dict[str, str]]:
    """Stores a context as `docker context create` does."""

    def store(name: str, host: str, tls: bool) -> dict[str, str]:
        digest = hashlib.sha256(name.encode()).hexdigest()
        meta, keys = tmp_path / "contexts/meta" / digest, tmp_path / "contexts/tls" / digest / "docker"
        meta.mkdir(parents=True)
        (meta / "meta.json").write_text(json.dumps({"Name": name, "Endpoints": {"docker": {"Host": host}}}))
        if tls:
            keys.mkdir(parents=True)
            for file in ("ca.pem", "cert.pem", "key.pem"):
                (keys / file).touch()
        return {"DOCKER_CONFIG": str(tmp_path)}

    return store


def test_a_docker_context_names_the_api(contexts: Callable[[str, str, bool], dict[str, str]]) -> None:
    """A context's host and its three files are the API; one over TCP without files is refused in one line."""
    environ = contexts("prod", "tcp://manager:2376", True)
    found = of_context("prod", "TARGET_SWARM_CONTEXT", Limits(), environ)
    assert (found.url, found.key is not None and found.key.name) == ("tcp://manager:2376", "key.pem")
    assert of_context("by-ssh", "x", Limits(), contexts("by-ssh", SSH, False)).url == SSH
    with pytest.raises(TargetError, match="no Docker context none: docker context ls"):
        of_context("none", "TARGET_SWARM_CONTEXT", Limits(), environ)
    with pytest.raises(TargetError, match="tcp://plain:2375 needs TLS"):
        of_context("plain", "TARGET_SWARM_CONTEXT", Limits(), contexts("plain", "tcp://plain:2375", False))


@pytest.mark.parametrize(
    ("environ", "api"),
    [
        ({"DOCKER_HOST": SSH}, SSH),
        ({"DOCKER_HOST": "tcp://m:2376", "DOCKER_TLS_VERIFY": "1", "DOCKER_CERT_PATH": "/c"}, "tcp://m:2376"),
        ({"DOCKER_HOST": "tcp://docker:2375"}, None),
        ({"DOCKER_HOST": "unix:///run/user/1000/docker.sock"}, None),
        ({}, None),
    ],
)
def test_docker_host_is_the_api_where_it_leads_elsewhere(environ: dict[str, str], api: str | None) -> None:
    """DOCKER_HOST counts with ssh:// or with TLS; this machine's own engine is nobody's cluster."""
    found = from_environ(environ)
    assert (found["swarm.api"].value if found else None) == api


@pytest.mark.parametrize("scheme", ["SSH", "Ssh"])
def test_a_scheme_may_stand_in_capitals(scheme: str) -> None:
    """It is the same way to the API, in DOCKER_HOST as in a setting."""
    assert checked(SwarmApi(f"{scheme}://op@M")).url == "ssh://op@M"
    assert from_environ({"DOCKER_HOST": f"{scheme}://m"})["swarm.api"].value == f"{scheme}://m"


MASKED = {
    "ssh://me:pa@ss@host:22/x": "ssh://me:***@host:22/x",
    "SSH://me:pa/ss@host": "SSH://me:***@host",
    SSH: SSH,
    "unix:///run/a@b.sock": "unix:///run/a@b.sock",
    "https://TOKEN@host:2376": "https://***@host:2376",
    "tcp://me:pass@host": "tcp://***@host",
    "https://host/?token=T": "https://host/?***",
    "tcp://me:p@[::1": "tcp://***@[::1",
    "http://host:2375/prefix": "http://host:2375/prefix",
}


@pytest.mark.parametrize(("url", "shown"), MASKED.items(), ids=MASKED)
def test_what_is_secret_in_an_address_is_masked(url: str, shown: str) -> None:
    """A password, a token before the @, a query: never shown, in an address that is none neither."""
    assert masked(url) == shown


BAD_ADDRESSES = {
    "tcp://[::1": "invalid ipv6 url; wanted ssh://",
    "ssh://m:99999": "port out of range 0-65535; wanted ssh://",
    "ssh://m:port": "port could not be cast to integer value",
    "ssh://m\n/x": r"swarm.api ssh://m\\n/x: it holds a control character",
    "tcp://m\0": r"swarm.api tcp://m\\x00: it holds a control character",
    "unix://": "wanted ssh://user@manager",
    "ssh:///run/docker.sock": "wanted ssh://user@manager",
    "ftp://m": "wanted ssh://user@manager",
    "https://TOKEN@m:2376": r"swarm.api https://\*\*\*@m:2376: wanted an address alone, without a user, a token",
    "http://m/?token=TOKEN": r"swarm.api http://m/\?\*\*\*: wanted an address alone",
    "tcp://m:2375": "tcp://m:2375 needs TLS",
    "TCP://m:2375": "TCP://m:2375 needs TLS",
}


@pytest.mark.parametrize(("url", "said"), BAD_ADDRESSES.items(), ids=map(repr, BAD_ADDRESSES))
def test_an_address_that_is_none_is_one_line(url: str, said: str) -> None:
    """Where it was given, the address without its secrets, what is wrong, and what is wanted."""
    with pytest.raises(TargetError, match=said) as caught:
        checked(SwarmApi(url, origin="TARGET_SWARM_API"))
    assert str(caught.value).startswith("TARGET_SWARM_API: swarm.api ")
    assert str(caught.value).isprintable()
    assert "TOKEN" not in str(caught.value)


BAD_CONTEXTS = {
    "deep": "[" * 60_000,
    "a number for a host": '{"Endpoints": {"docker": {"Host": 7}}}',
    "null": "null",
    "no UTF-8": "\udcff",
    "larger than it may be": " " * 70_000 + '{"Endpoints": {"docker": {"Host": "ssh://m"}}}',
    "nothing": "",
}


REFUSED = (
    r"names no Docker host: docker context inspect prod|cannot be read: it (is no UTF-8 text|has more than)"
)


@pytest.mark.parametrize("meta", BAD_CONTEXTS.values(), ids=BAD_CONTEXTS.keys())
def test_a_context_that_is_broken_is_one_line(
    contexts: Callable[[str, str, bool], dict[str, str]], tmp_path: Path, meta: str
) -> None:
    """Whatever stands in its file."""
    environ = contexts("prod", "ssh://m", False)
    (file,) = tmp_path.rglob("meta.json")
    file.write_bytes(meta.encode("utf-8", "surrogateescape"))
    with pytest.raises(
        TargetError,
        match=REFUSED,
    ):
        of_context("prod", "TARGET_SWARM_CONTEXT", Limits(), environ)


def test_a_context_that_is_no_file_is_one_line(
    contexts: Callable[[str, str, bool], dict[str, str]], tmp_path: Path
) -> None:
    """Nobody waits for what comes out of a pipe."""
    environ = contexts("prod", "ssh://m", False)
    (file,) = tmp_path.rglob("meta.json")
    file.unlink()
    os.mkfifo(file)
    with pytest.raises(TargetError, match="cannot be read: it is a pipe"):
        of_context("prod", "TARGET_SWARM_CONTEXT", Limits(), environ)


def test_nobody_there_is_one_line(tmp_path: Path) -> None:
    """A port where nobody listens is an unreachable API, by its address."""
    with socket.create_server(("127.0.0.1", 0)) as taken:
        url = f"http://127.0.0.1:{taken.getsockname()[1]}"
    with pytest.raises(SwarmUnreachableError, match=f"the Swarm API at {url} does not answer") as caught:
        open_swarm(SwarmApi(url))
    assert "\n" not in str(caught.value)
