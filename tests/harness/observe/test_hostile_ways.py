"""The ways to a hostile Swarm API: ssh, TLS, redirects. The same bounds hold over each of them."""

import stat
import sys
import time
from collections.abc import Callable, Mapping
from pathlib import Path

import pytest
import trustme

from fixtures.limits import Limits
from fixtures.observe.swarm.access import open_swarm
from fixtures.observe.swarm.state import SwarmError, SwarmUnreachableError
from fixtures.target.docker_endpoint import checked
from fixtures.target.values import SwarmApi
from tests.harness.samples.hostile_swarm import PEERS
from tests.harness.stand_ins import dial_stdio
from tests.harness.stand_ins.engine_api import recording_engine
from tests.harness.stand_ins.hostile_engine import Peer, cut, drips, floods, hostile_engine, silent, whole

DEADLINE_S = 0.6
LIMITS = Limits(swarm_call_deadline_s=DEADLINE_S)
OVER_S = 3.0
"""What a loaded machine takes beyond a deadline; an ssh that has to be killed is given 2 s before."""


def redirect(url: str) -> Peer:
    """An answer that sends to another host."""
    return whole(b"", b"HTTP/1.1 302 Found\r\nLocation: " + url.encode() + b"/v1.45/nodes\r\n")


@pytest.fixture
def by_ssh(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Callable[[int], SwarmApi]:
    """The API on a port through the stand-in for ssh, whose scheme stands in capitals."""

    def api(port: int) -> SwarmApi:
        dial_stdio.install(tmp_path, port)
        monkeypatch.setenv("PATH", dial_stdio.path_with(tmp_path))
        return checked(SwarmApi("SSH://operator@translation01", limits=LIMITS))

    return api


@pytest.mark.parametrize("over", ["http", "ssh"])
def test_no_redirect_is_followed(over: str, by_ssh: Callable[[int], SwarmApi]) -> None:
    """Neither to another host nor to another path; it is said where it leads."""
    with recording_engine({"/nodes": []}) as elsewhere:
        with hostile_engine({"/nodes": redirect(elsewhere.url)}) as engine:
            api = by_ssh(engine.port) if over == "ssh" else SwarmApi(engine.url)
            with open_swarm(api) as swarm, pytest.raises(SwarmError) as caught:
                swarm.observe()
        wanted = f"GET /nodes was answered 302, a redirect to {elsewhere.url}/v1.45/nodes; redirects are not followed"
        assert wanted in str(caught.value)
        assert elsewhere.requests == []


@pytest.mark.parametrize(
    "name", ["silent", "a byte every half second", "endless body", "closed half way", "HTML"]
)
def test_over_ssh_the_same_bounds_hold(name: str, by_ssh: Callable[[int], SwarmApi]) -> None:
    """Ours is the ssh for a scheme in capitals too, and what comes through it is bounded as over any other way."""
    with hostile_engine(PEERS[name]) as engine:
        started = time.monotonic()
        said = "the Swarm API at ssh://operator@translation01"
        with pytest.raises(SwarmError, match=said), open_swarm(by_ssh(engine.port)) as swarm:
            swarm.observe()
        assert time.monotonic() - started < DEADLINE_S + 2 * OVER_S


def test_an_ssh_that_talks_without_end(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """What the far side writes on stderr is neither kept nor shown beyond its last words."""
    program = tmp_path / "ssh"
    program.write_text(
        f"#!{sys.executable}\nimport os\nwhile True:\n    os.write(2, b'\\x1b[31mgo away ' * 5000)\n"
    )
    program.chmod(program.stat().st_mode | stat.S_IXUSR)
    monkeypatch.setenv("PATH", dial_stdio.path_with(tmp_path))
    with pytest.raises(
        SwarmUnreachableError, match=r"did not end within 0.6 s; nothing came: ssh said: "
    ) as caught:
        open_swarm(SwarmApi("ssh://m", limits=LIMITS))
    assert "go away" in str(caught.value)
    assert str(caught.value).isprintable()
    assert len(str(caught.value)) < 500


@pytest.fixture
def files(tmp_path: Path) -> dict[str, Path]:
    """The three files that a client with TLS needs."""
    authority = trustme.CA()
    client, found = (
        authority.issue_cert("operator"),
        {n: tmp_path / n for n in ("ca_file", "certificate", "key")},
    )
    authority.cert_pem.write_to_path(str(found["ca_file"]))
    client.cert_chain_pems[0].write_to_path(str(found["certificate"]))
    client.private_key_pem.write_to_path(str(found["key"]))
    return found


def by_tls(port: int, files: Mapping[str, Path]) -> SwarmApi:
    """The API on a port over TCP with TLS."""
    url = f"tcp://localhost:{port}"
    return SwarmApi(url, files["ca_file"], files["certificate"], files["key"], limits=LIMITS)


TLS_RECORD = b"\x16\x03\x03\x40\x00"
NO_TLS = {
    "garbage": cut(bytes(range(256)) * 16),
    "plain HTTP": cut(b"HTTP/1.1 400 Bad Request\r\n\r\nClient sent an HTTP request\n"),
    "closed at once": cut(),
    "nothing": silent,
    "a byte every half second": drips(TLS_RECORD, b"\2"),
    "endless record": floods(TLS_RECORD, b"\2"),
    "endless garbage": floods(b"", bytes(range(256))),
}


@pytest.mark.parametrize("speaks", NO_TLS.values(), ids=NO_TLS)
def test_what_is_no_tls(speaks: Peer, files: dict[str, Path]) -> None:
    """Bytes of any kind in place of a handshake are an unreachable API, in one line and in time."""
    with hostile_engine({}, speaks=speaks) as engine:
        api = by_tls(engine.port, files)
        started = time.monotonic()
        with pytest.raises(SwarmUnreachableError, match=rf"the Swarm API at {api.url}") as caught:
            open_swarm(api)
        assert time.monotonic() - started < DEADLINE_S + OVER_S
    assert str(caught.value).isprintable()


@pytest.mark.parametrize("broken", ["ca_file", "certificate", "key"])
def test_files_that_are_none_of_tls(broken: str, files: dict[str, Path]) -> None:
    """A file that holds something else is named before anybody is asked."""
    files[broken].write_text("-----BEGIN NOTHING-----\n")
    with pytest.raises(SwarmUnreachableError, match=f"cannot be asked with .*{files[broken]}"):
        open_swarm(by_tls(1, files))


def test_a_key_with_a_passphrase_asks_nobody(files: dict[str, Path]) -> None:
    """A prompt on the terminal would hold a run for ever."""
    from cryptography.hazmat.primitives import serialization as form

    key = form.load_pem_private_key(files["key"].read_bytes(), None)
    secret = form.BestAvailableEncryption(b"passphrase")
    files["key"].write_bytes(key.private_bytes(form.Encoding.PEM, form.PrivateFormat.PKCS8, secret))
    with pytest.raises(SwarmUnreachableError, match="cannot be asked with "):
        open_swarm(by_tls(1, files))
