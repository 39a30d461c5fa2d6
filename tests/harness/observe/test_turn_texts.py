"""What is said of a relay and of its refusals, and what is dialled unless it is told otherwise."""

import socket
import time

import pytest

from fixtures.limits import Limits
from fixtures.observe.turn.values import (
    TurnServer,
    access_to,
    credential,
    refused,
    silent,
    turn_server,
    unreachable,
)
from fixtures.target.reach import Reach
from lab.text.secrets import Secret

SERVER = TurnServer("turn.test", "192.0.2.7", 3478)
BY_HAND = """turnutils_uclient -y -c -n 1 -p 3478 -W "$(cat turn_secret)" 192.0.2.7"""


def test_a_server_is_dialled_over_udp_unless_told_otherwise() -> None:
    """In its address, in its text, in the line to paste."""
    assert SERVER.url == "turn:192.0.2.7:3478?transport=udp"
    assert str(SERVER) == "TURN at turn.test (192.0.2.7):3478/udp"
    assert SERVER.command == BY_HAND
    tcp = TurnServer("192.0.2.7", "192.0.2.7", 5349, "tcp")
    assert tcp.url == "turn:192.0.2.7:5349?transport=tcp"
    assert str(tcp) == "TURN at 192.0.2.7:5349/tcp"
    assert tcp.command == BY_HAND.replace("-n 1 -p 3478", "-n 1 -t -p 5349")
    limits = Limits(turn_answer_deadline_s=7.0)
    reach = Reach({"turn.test": "192.0.2.7"}, limits=limits)
    assert turn_server(reach, "turn.test", 3478) == TurnServer("turn.test", "192.0.2.7", 3478, "udp", limits)
    assert turn_server(reach, "turn.test", 3478, "tcp").transport == "tcp"
    assert "Limits" not in repr(SERVER)


def test_a_credential_ends_as_long_after_now_as_is_asked() -> None:
    """By this machine's clock, or by the time that is given, be it the first second of all."""
    before = int(time.time())
    expires = credential(Secret("north"), 600).expires
    assert before + 600 <= expires <= int(time.time()) + 600
    assert credential(Secret("north"), 60, now=0.9).expires == 60


@pytest.mark.parametrize(
    ("code", "means"),
    [
        (401, "the credential is not accepted"), (403, "the server forbids this address"),
        (437, "the server holds allocations of earlier clients"), (486, "this user holds as many allocations"),
        (508, "no relay port is free"), (400, "RFC 8656 section 19 says what this code means"),
    ],
)  # fmt: skip
@pytest.mark.parametrize("challenged", [True, False])
def test_a_refusal_says_what_its_code_means(code: int, means: str, challenged: bool) -> None:
    """With the server, what was asked, its own words, and the line to paste."""
    error = refused(SERVER, "an allocation", code, "No", challenged)
    assert (error.code, error.reason, error.challenged) == (code, "No", challenged)
    assert str(error).startswith(f"{SERVER} refused an allocation: {code} No: {means}")
    assert str(error).endswith(f"; by hand: {BY_HAND}")


def test_a_mismatch_after_the_allocation_is_another_thing() -> None:
    """An allocation that was granted and is not known any more: the server forgot it."""
    assert "437 No: the server knows no such allocation" in str(
        refused(SERVER, "a permission", 437, "No", True)
    )


def test_a_relay_that_is_not_there_is_told_from_one_without_an_address() -> None:
    """The name that has none, or the port where nothing listens, with the command that shows it."""
    nameless = unreachable(SERVER, socket.gaierror(socket.EAI_NONAME, "Name or service not known"))
    assert str(nameless) == f"{SERVER}: 192.0.2.7 has no address: Name or service not known"
    closed = str(unreachable(SERVER, ConnectionRefusedError(111, "Connection refused")))
    assert closed.startswith(f"{SERVER}: nothing listens on 3478/udp (Connection refused): ")
    assert closed.endswith("By hand, on that host: ss -lnup 'sport = :3478'")


def test_silence_is_told_with_its_deadline() -> None:
    """And with what may be the matter on the way."""
    quiet = TurnServer("turn.test", "192.0.2.7", 3478, "udp", Limits(turn_answer_deadline_s=2.5))
    text = str(silent(quiet, "an allocation"))
    assert text.startswith(
        f"{quiet}: an allocation was not answered within 2.5 s, nor refused: packets to 3478/udp are dropped"
    )
    assert text.endswith(f"by hand: {BY_HAND}")


def test_a_fixed_user_has_a_password() -> None:
    """The secret itself, for good; the line by hand says whose it is, and a refusal is not blamed on a clock."""
    server = TurnServer("turn.test", "192.0.2.7", 3478, user="jbcalling")
    access = access_to(server, Secret("north"))
    given = access.credential
    assert (given.username, given.password.reveal(), given.expires) == ("jbcalling", "north", 0)
    assert '-u jbcalling -w "$(cat turn_secret)" 192.0.2.7' in server.command
    said = str(refused(server, "an allocation", 401, "Unauthorized", True))
    assert "the server has no user jbcalling, or one with another password" in said
    assert "expired" not in said
    assert turn_server(Reach({}), "turn.test", 3478, user="jbcalling").user == "jbcalling"


def test_without_one_the_secret_makes_a_credential() -> None:
    """That lasts as long as the server's limits say."""
    server = TurnServer("turn.test", "192.0.2.7", 3478)
    before = int(time.time())
    given = access_to(server, Secret("north")).credential
    assert given.username == f"{given.expires}:acceptance"
    assert given.expires - before in range(
        server.limits.turn_credential_s, server.limits.turn_credential_s + 3
    )
    assert "-W" in server.command
