"""Where names lead: every address of each family is asked, or said not to be, by real sockets on loopback."""

import asyncio
import socket
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import trustme

from fixtures.observe.http import names as module
from fixtures.observe.http.names import NameSeen, Source, names_seen
from fixtures.target.planned import PlannedHost
from fixtures.target.reach import Reach
from tests.harness.stand_ins.edge_server import HOSTS, edge

PAGE, WWW = (PlannedHost(name, "page", "/", (200,), None, None) for name in HOSTS[:2])
NOWHERE, NOWHERE_6 = "127.43.255.254", "::1"
Resolved = dict[str, tuple[str, ...]]


@pytest.fixture(scope="module")
def served(tmp_path_factory: pytest.TempPathFactory) -> Iterator[tuple[str, Path]]:
    """The address of an edge that serves the hosts, and the CA to trust."""
    folder, authority = tmp_path_factory.mktemp("edge"), trustme.CA()
    try:
        with edge(folder, authority.issue_cert(*HOSTS), authority) as there:
            address = there.target.read_text().partition('edge = "')[2].partition('"')[0]
            yield address, folder / "edge-ca.pem"
    except PermissionError:
        pytest.skip("not exercised: port 443 is not for this user")


@pytest.fixture
def resolve(monkeypatch: pytest.MonkeyPatch) -> Resolved:
    """What DNS says of each name; of no other it says anything, and nobody is asked."""
    given: Resolved = {}

    def getaddrinfo(host: str | bytes, port: object, *args: Any, **kwargs: Any) -> list[Any]:  # noqa: ANN401
        name = host.decode() if isinstance(host, bytes) else str(host)
        if name[0].isdigit() or ":" in name:
            return real(name, port, *args, **kwargs)  # type: ignore[arg-type]
        if name not in given:
            raise socket.gaierror(socket.EAI_NONAME, "unknown")
        families = (socket.AF_INET6 if ":" in address else socket.AF_INET for address in given[name])
        return [(f, socket.SOCK_STREAM, 6, "", (a, port)) for f, a in zip(families, given[name], strict=True)]

    real = socket.getaddrinfo
    monkeypatch.setattr(socket, "getaddrinfo", getaddrinfo)
    return given


def seen(reach: Reach) -> dict[tuple[str, str], NameSeen]:
    return {(each.host, each.address): each for each in asyncio.run(names_seen(reach, (PAGE, WWW)))}


def test_each_address_of_each_family_is_asked(served: tuple[str, Path], resolve: Resolved) -> None:
    """One that answers, and one of the other family at which nobody listens."""
    address, ca_file = served
    resolve.update({PAGE.name: (address, NOWHERE_6), WWW.name: (address,)})
    found = seen(Reach({}, ca_file))
    assert (found[PAGE.name, address].answered, found[PAGE.name, address].family) == (True, "IPv4")
    dead = found[PAGE.name, NOWHERE_6]
    assert (dead.answered, dead.unreached, dead.family, dead.source) == (False, True, "IPv6", Source.DNS)


def test_a_host_that_is_not_at_its_address_is_asked_at_its_sibling_s(
    served: tuple[str, Path], resolve: Resolved
) -> None:
    """Whether the record is stale, or the host is nowhere, is seen by that."""
    address, ca_file = served
    resolve.update({PAGE.name: (address,), WWW.name: (NOWHERE,)})
    found = seen(Reach({}, ca_file))
    assert found[WWW.name, NOWHERE].unreached
    again = found[WWW.name, address]
    assert (again.source, again.answered, again.said) == (Source.SIBLING, True, "200")


def test_an_address_of_the_target_s_own_settings_counts_like_a_record(
    served: tuple[str, Path], resolve: Resolved
) -> None:
    """Nobody asks DNS then."""
    address, ca_file = served
    found = seen(Reach({PAGE.name: address, WWW.name: NOWHERE}, ca_file))
    assert found[PAGE.name, address].source is Source.OVERRIDE
    assert found[WWW.name, NOWHERE].answered is False


def test_somebody_else_at_the_address_is_told_apart(served: tuple[str, Path], resolve: Resolved) -> None:
    """A certificate for others, and a name that does not resolve at all."""
    address, _ = served
    resolve[PAGE.name] = (address,)
    found = seen(Reach({}))
    assert (found[PAGE.name, address].answered, found[PAGE.name, address].elsewhere) == (False, True)
    assert found[WWW.name, ""].said == "the name does not resolve"
    assert found[WWW.name, ""].family == ""


def test_a_family_that_this_machine_has_not_is_not_asked(
    served: tuple[str, Path], resolve: Resolved, monkeypatch: pytest.MonkeyPatch
) -> None:
    """It is said, and nothing is concluded."""
    address, ca_file = served
    resolve.update({PAGE.name: (address, "2001:db8::1"), WWW.name: (address,)})
    plain = module._no_way_to
    monkeypatch.setattr(module, "_no_way_to", lambda a: "no IPv6 here" if a == "2001:db8::1" else plain(a))
    one = seen(Reach({}, ca_file))[PAGE.name, "2001:db8::1"]
    assert (one.answered, one.said) == (None, "not asked: no IPv6 here")
    assert (one.unreached, one.elsewhere) == (False, False)


def test_what_this_machine_can_send_to() -> None:
    """Loopback always."""
    assert module._no_way_to("127.0.0.1") == ""
