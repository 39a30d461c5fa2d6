"""The log of a service: whole lines, in order or as they come, no secret in them, and an end that is clean."""

import os
import signal
import subprocess
import sys
import tracemalloc
from collections.abc import Callable, Iterator
from pathlib import Path

import docker
import pytest
import requests
import urllib3

from lab.cluster import service_logs
from lab.cluster.service_logs import CUT, keys_whole, lines
from lab.tools import lab_commands
from tests.harness.lab.test_status import lab as described
from tests.harness.stand_ins.command_line import ended, one_line
from tests.harness.stand_ins.engine_api import API, RecordingEngine, recording_engine

ROOT = Path(__file__).parents[3]
ENDS_S = 30
KEY = "\n".join(
    [
        "-----BEGIN PRIVATE KEY-----",
        *["MIIEvQIBADANBgkqhkiG9w0BAQEFAASCBKcwggSjAgEA"] * 5,
        "-----END PRIVATE KEY-----",
    ]
)
lab = described


def frame(text: str) -> bytes:
    return b"\x01\0\0\0" + len(text).to_bytes(4, "big") + text.encode()


def answers(body: bytes, *, tty: bool = False) -> dict[str, object]:
    spec = {"TaskTemplate": {"ContainerSpec": {"TTY": tty}}}
    return {"/services/web/logs": body, "/services/web": {"Spec": spec}}


@pytest.fixture
def served() -> Iterator[Callable[..., docker.DockerClient]]:
    """A client of Docker's own package, whose manager answers with that log."""
    made: list[tuple[object, docker.DockerClient]] = []

    def serve(body: bytes, *, tty: bool = False) -> docker.DockerClient:
        context = recording_engine(answers(body, tty=tty))
        there: RecordingEngine = context.__enter__()
        client = docker.DockerClient(there.url.replace("http", "tcp"), version=API)
        made.append((context, client))
        return client

    yield serve
    for context, client in made:
        client.close()
        context.__exit__(None, None, None)  # type: ignore[attr-defined]


def test_a_log_is_whole_and_in_order(served: Callable[..., docker.DockerClient]) -> None:
    """Docker's package takes the frames away; nothing of the first line goes with them."""
    log = frame("2024-01-01T00:00:01Z second\n") + frame("2024-01-01T00:00:00Z first\n")
    expected = "2024-01-01T00:00:00Z first\n2024-01-01T00:00:01Z second"
    assert service_logs.text(served(log), "web", 5) == expected
    assert service_logs.text(served(b"2024 b\r\n2023 a\r\n", tty=True), "web", 5) == "2023 a\n2024 b"


@pytest.mark.parametrize("rest", [b"\x01\0\0", b"\x01\0\0\0\0\0\0\x09cut"])
def test_a_cut_frame_is_no_error(rest: bytes, served: Callable[..., docker.DockerClient]) -> None:
    """A log that ends in the middle of a frame gives what was whole."""
    assert service_logs.text(served(frame("whole\n") + rest), "web", 5).splitlines()[0] == (
        "whole" if len(rest) == 3 else "cut"
    )
    assert "whole" in service_logs.text(served(frame("whole\n") + rest), "web", 5)


def test_lines_of_any_pieces() -> None:
    """However the stream is cut up, the lines are the same; the last needs no end."""
    whole = b"one\ntwo \xc3\xa9\r\n\nlast"
    for size in range(1, len(whole) + 1):
        pieces = [whole[at : at + size] for at in range(0, len(whole), size)]
        assert list(lines(pieces)) == ["one", "two é", "", "last"]


@pytest.mark.parametrize("size", [1, 7, 100])
def test_a_line_without_end_is_cut(size: int) -> None:
    """What does not fit is left out and said to be so; the next line is whole again."""
    pieces = [b"x" * size] * (100 // size + 1)
    found = list(lines([*pieces, b"\nnext\n" + b"y" * 10 + b"\n"], longest=10))
    assert found == ["x" * 10 + CUT, "next", "y" * 10]


def test_memory_is_bounded() -> None:
    """A thousand times what one line may have, in a line that never ends, takes little more than that line."""
    tracemalloc.start()
    try:
        assert len(list(lines((b"x" * 100_000 for _ in range(1000)), longest=100_000))) == 1
        assert tracemalloc.get_traced_memory()[1] < 2_000_000
    finally:
        tracemalloc.stop()


def test_a_private_key_stays_together() -> None:
    """So that it is masked as a whole; one that never ends is let go, and other lines are not held up."""
    found = list(keys_whole(["before", *KEY.split("\n"), "after"]))
    assert found == ["before", KEY, "after"]
    endless = list(keys_whole(["-----BEGIN PRIVATE KEY-----", *["x" * 100] * 1000]))
    assert max(map(len, endless)) < 21_000
    assert list(keys_whole(iter(["-----BEGIN PRIVATE KEY-----", "abc"]))) == [
        "-----BEGIN PRIVATE KEY-----\nabc"
    ]


FOLLOW = """
import docker, sys
from lab import __main__
from lab.tools import lab_commands, lab_view
class Lab:
    name, manager = "mine", docker.DockerClient({url!r}, version={api!r})
lab_commands.existing = lambda args: Lab()
lab_view.service_named = lambda lab, name: "web"
sys.exit(__main__.main(["logs", "web", "--follow"]))
"""


@pytest.mark.parametrize("sign", [signal.SIGINT, signal.SIGTERM])
def test_followed_until_it_is_interrupted(sign: signal.Signals, tmp_path: Path) -> None:
    """Each line comes at once and masked, a key too; Ctrl-C ends it with 130 and not a word more."""
    shown = [
        "start",
        "the token is known-to-the-environment",
        "password=hunter2-and-more",
        "red \x1b[31m",
        *KEY.split("\n"),
    ]
    log = b"".join(frame(f"{line}\n") for line in shown)
    with recording_engine(answers(log + b"HANG")) as there:
        code = FOLLOW.format(url=there.url.replace("http", "tcp"), api=API)
        env = {**os.environ, "CI_TOKEN": "known-to-the-environment", "XDG_STATE_HOME": str(tmp_path)}
        with subprocess.Popen(
            [sys.executable, "-c", code], cwd=ROOT, env=env, stdout=subprocess.PIPE, stderr=subprocess.PIPE
        ) as running:
            assert running.stdout is not None
            came = [running.stdout.readline().decode() for _ in range(5)]
            assert running.poll() is None
            running.send_signal(sign)
            out, said = running.communicate(timeout=ENDS_S)
    assert came[:4] == ["start\n", "the token is ***\n", "password=***\n", "red \\x1b[31m\n"]
    assert "MIIEvQ" not in "".join(came) + out.decode()
    assert (running.returncode, out, said) == (130, b"", b"")


def test_a_log_that_breaks_off_is_one_line(
    served: Callable[..., docker.DockerClient], monkeypatch: pytest.MonkeyPatch
) -> None:
    """A manager that goes is an error that the commands know, whatever library notices it."""

    def broken(*_: object, **__: object) -> Iterator[bytes]:
        yield b"one\n"
        raise urllib3.exceptions.ProtocolError("Connection broken")

    client = served(b"")
    monkeypatch.setattr(client.api, "service_logs", broken)
    found = service_logs.followed(client, "web", 5)
    assert next(found) == "one"
    with pytest.raises(requests.exceptions.ConnectionError, match="the log broke off: Connection broken"):
        next(found)


@pytest.mark.usefixtures("own_surroundings")
def test_an_unknown_service_names_the_nearest(
    lab: object, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """With or without the stack's name before it."""
    monkeypatch.setattr(lab_commands, "existing", lambda args: lab)
    for name in ("wbe", "translation_wbe"):
        assert ended(["logs", name, "--follow"]) == 2
        assert one_line(capsys) == (
            "lab: no service 'translation_wbe' in lab mine: there are translation_web; did you mean translation_web?\n"
        )
