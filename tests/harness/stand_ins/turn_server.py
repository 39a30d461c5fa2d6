"""A TURN server on 127.0.0.1 that checks credentials as coturn does, and errs as it is told to."""

import asyncio
import base64
import hmac
import socket
import time
from collections.abc import AsyncGenerator, Awaitable, Callable
from contextlib import asynccontextmanager
from typing import Any, TypeVar

from aioice import stun, turn

from fixtures.limits import Limits
from fixtures.observe.turn.values import TurnAccess, TurnServer, credential
from lab.text.secrets import Secret

SECRET, REALM, NONCE = "north", "turn.test", b"once"
Address = tuple[str, int]
T = TypeVar("T")
IMPATIENT = Limits(turn_answer_deadline_s=0.5, relay_trip_deadline_s=0.3, transport_connect_deadline_s=0.3)
"""Of a relay on this machine, which answers in a millisecond or not at all."""


class TurnStub(asyncio.DatagramProtocol):
    """Relays for whoever has SECRET. `deaf` holds the methods it ignores, `cut` the ways it loses datagrams on."""

    def __init__(self) -> None:
        self.deaf: set[stun.Method] = set()
        self.cut: set[str] = set()
        self.is_open = False
        self.stale = 0  # so many nonces are refused although they were just given
        self.taken = 0  # for so many clients' ports there is an allocation of somebody else's
        self.released_twice = (
            False  # the first answer to a release is lost, and what is asked again is gone by then
        )
        self.given: list[Address] = []
        self.relays: dict[Address, socket.socket] = {}
        self.permitted: set[str] = set()
        self.server = TurnServer("turn.test", "127.0.0.1", 0)

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport: Any = transport

    def datagram_received(self, data: bytes, addr: Address) -> None:
        try:
            message = stun.parse_message(data)
        except ValueError:
            return  # channel data: nobody is on the other side
        if message.message_method in self.deaf:
            return
        if message.message_method == stun.Method.SEND:
            if "out" not in self.cut:
                peer = message.attributes["XOR-PEER-ADDRESS"]
                self.relays[addr].sendto(message.attributes["DATA"], peer)
            return
        key = _key_of(message)
        if key is None and not self.is_open:
            attributes = {"ERROR-CODE": (401, "Unauthorized"), "REALM": REALM, "NONCE": NONCE}
            self._answer(message, stun.Class.ERROR, attributes, addr, None)
        elif self.stale:
            self.stale -= 1
            attributes = {
                "ERROR-CODE": (438, "Wrong nonce"),
                "REALM": REALM,
                "NONCE": b"again-%d" % self.stale,
            }
            self._answer(message, stun.Class.ERROR, attributes, addr, None)
        elif self.taken and message.message_method == stun.Method.ALLOCATE:
            self.taken -= 1
            self._mismatch(message, addr, key)
        elif self.released_twice and message.message_method == stun.Method.REFRESH:
            self._close(addr)
            self._mismatch(message, addr, key)
        else:
            self._answer(message, stun.Class.RESPONSE, self._granted(message, addr), addr, key)

    def _mismatch(self, message: stun.Message, addr: Address, key: bytes | None) -> None:
        self._answer(message, stun.Class.ERROR, {"ERROR-CODE": (437, "Mismatched allocation")}, addr, key)

    def _granted(self, message: stun.Message, addr: Address) -> dict[str, Any]:
        if message.message_method == stun.Method.ALLOCATE:
            self.relays[addr] = relay = _relay_socket()
            self.given.append(relay.getsockname())
            asyncio.get_running_loop().add_reader(relay, self._came, relay, addr)
            return {"LIFETIME": 600, "XOR-MAPPED-ADDRESS": addr, "XOR-RELAYED-ADDRESS": relay.getsockname()}
        if message.message_method == stun.Method.CREATE_PERMISSION:
            self.permitted.add(message.attributes["XOR-PEER-ADDRESS"][0])
        if message.message_method == stun.Method.REFRESH and message.attributes["LIFETIME"] == 0:
            self._close(addr)
        return {}

    def _answer(
        self, to: stun.Message, kind: stun.Class, attributes: dict[str, Any], addr: Address, key: bytes | None
    ) -> None:
        answer = stun.Message(to.message_method, kind, to.transaction_id, attributes)
        if key is not None:
            answer.add_message_integrity(key)
        self.transport.sendto(bytes(answer), addr)

    def _came(self, relay: socket.socket, addr: Address) -> None:
        data, peer = relay.recvfrom(2000)
        if "in" in self.cut or peer[0] not in self.permitted:
            return
        attributes = {"XOR-PEER-ADDRESS": peer, "DATA": data}
        self.transport.sendto(
            bytes(stun.Message(stun.Method.DATA, stun.Class.INDICATION, None, attributes)), addr
        )

    def _close(self, addr: Address) -> None:
        relay = self.relays.pop(addr)
        asyncio.get_running_loop().remove_reader(relay)
        relay.close()

    def close(self) -> None:
        """Stop; what is still allocated is closed."""
        for addr in list(self.relays):
            self._close(addr)
        self.transport.close()


def _relay_socket() -> socket.socket:
    relay = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    relay.setblocking(False)
    relay.bind(("127.0.0.1", 0))
    return relay


def _key_of(message: stun.Message) -> bytes | None:
    """The key that the message is rightly signed with, None where it is not, or its credential has expired."""
    username = str(message.attributes.get("USERNAME", "0"))
    if int(username.partition(":")[0]) < time.time():
        return None
    password = base64.b64encode(hmac.digest(SECRET.encode(), username.encode(), "sha1")).decode()
    key = turn.make_integrity_key(username, REALM, password)
    return key if message.check_message_integrity(key) else None


@asynccontextmanager
async def turn_stub(limits: Limits) -> AsyncGenerator[TurnStub, None]:
    """A server that runs, and is waited for as `limits` say."""
    endpoint = asyncio.get_running_loop().create_datagram_endpoint(TurnStub, local_addr=("127.0.0.1", 0))
    transport, stub = await endpoint
    port = transport.get_extra_info("sockname")[1]
    stub.server = TurnServer("turn.test", "127.0.0.1", port, limits=limits)
    try:
        yield stub
    finally:
        stub.close()


def with_stub(scenario: Callable[[TurnStub], Awaitable[T]]) -> T:
    """What the scenario gives, with a server that is waited for impatiently."""

    async def run() -> T:
        async with turn_stub(IMPATIENT) as stub:
            return await scenario(stub)

    return asyncio.run(run())


def access_to(server: TurnServer, secret: str = SECRET, lifetime_s: int = 600) -> TurnAccess:
    """A credential made of a secret, for so long."""
    return TurnAccess(server, credential(Secret(secret), lifetime_s))
