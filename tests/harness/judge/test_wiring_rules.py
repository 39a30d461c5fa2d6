"""Rules on addresses and on media, on either side of each boundary and in every way of writing."""

from collections.abc import Mapping
from dataclasses import replace
from typing import Any

import pytest

from fixtures.judge.file_rules import Severity
from fixtures.judge.rules import EVERY
from fixtures.judge.rules.wiring import Address, addresses
from fixtures.target.planned import Port
from tests.harness.samples.changed_stack import sound, told, with_document, with_env, with_services
from tests.stack_cases.judging import PLAN


@pytest.mark.parametrize(
    ("name", "value", "found"),
    [
        ("REDIS_URL", "redis://redis:6379/0", [("redis://redis:6379/0", "redis", 6379)]),
        ("REDIS_URL", "redis://redis", [("redis://redis", "redis", 6379)]),
        ("DATABASE", "postgres://u:p@db/x", [("postgres://***@db/x", "db", 5432)]),
        ("BROKER", "amqp://mq, https://Else", [("amqp://mq", "mq", 5672), ("https://Else", "else", 443)]),
        ("ANY", "http://a", [("http://a", "a", 80)]), ("ANY", "foo://a", [("foo://a", "a", None)]),
        ("ANY", "unix:///run/x", []), ("ANY", "file://host/x", []), ("ANY", "http://a:99999", []), ("ANY", "http://", []),
        ("REDIS_HOST", "redis:6379", [("redis:6379", "redis", 6379)]),
        ("redis_addr", "redis:6379/0", [("redis:6379/0", "redis", 6379)]),
        ("REDIS", "redis:6379", []), ("MY_HOSTNAME", "redis:6379", []),
        ("REDIS_HOST", "redis", [("redis", "redis", None)]), ("REDIS_SERVER", "red-is", [("red-is", "red-is", None)]),
        ("REDIS_URL", "redis", []), ("REDIS_HOST", "two words", []), ("REDIS_HOST", "1.2", []),
        ("REDIS_HOST", "redis:123456", []),
        ("ANNOUNCED_HOST", "redis", []), ("LISTEN_ADDR", "redis:80", []), ("ALLOWED_ORIGINS", "https://a", []),
        ("REDIS_URL", "redis://${HOST}:6379", []), ("REDIS_URL", "redis://$HOST", []),
        ("REDIS_URL", "redis://{{host}}", []), ("REDIS_URL", "redis://<host>", []),
    ],
)  # fmt: skip
def test_addresses_are_told_from_other_texts(
    name: str, value: str, found: list[tuple[str, str, int | None]]
) -> None:
    """By a scheme, or by the variable's name; what is expanded only in the container is not known here."""
    assert list(addresses({name: value})) == [Address(name, *each) for each in found]


@pytest.mark.parametrize(
    ("url", "speaks"),
    [
        ("http://localhost:9", True), ("http://127.0.0.1:9", True), ("http://[::1]:9", True), ("http://0.0.0.0:9", True),
        ("http://localhost:8001", False), ("http://127.0.0.1.example.org:9", False), ("http://redis:6379", False),
    ],
)  # fmt: skip
def test_an_address_of_the_container_itself_leads_to_its_own_ports_alone(url: str, speaks: bool) -> None:
    """Signaling listens on 8001."""
    found = told("address-loopback", with_env("signaling", API_URL=url))
    text = f"signaling: API_URL={url} leads to the container itself @ signaling.environment.API_URL"
    assert found == ([text] if speaks else [])


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("http://nobody:1", "nobody is no service of the stack"),
        ("http://tasks.nobody:1", "tasks.nobody is no service of the stack"),
        ("http://tasks.mediasoup:4000", ""), ("http://MediaSoup:4000", ""), ("http://translation_mediasoup:4000", ""),
        ("http://api.example.org", ""), ("http://[fd00::1]:1", ""), ("http://localhost", ""), ("http://signaling:8001", ""),
        ("http://frontend:80", ""), ("http://known:1", ""),
    ],
)  # fmt: skip
def test_a_name_is_one_of_the_stack(url: str, text: str) -> None:
    """Short or full, in any case, as tasks; what has a dot is elsewhere, what is in extra_hosts has an address."""
    look = with_document(["known:10.0.0.1", "other=10.0.0.2"], "services", "signaling", "extra_hosts")
    look = replace(look, candidate=with_env("signaling", API_URL=url).candidate)
    wanted = f"signaling: API_URL={url}: {text} @ signaling.environment.API_URL"
    assert told("address-unknown", look) == ([wanted] if text else [])


def test_names_of_other_networks_are_not_resolved() -> None:
    """On a network that the stack does not make there may be anybody; aliases and host names count."""
    asks = with_env("redis", API_URL="http://frontend:80")
    assert told("address-unknown", asks) == [
        "redis: API_URL=http://frontend:80: shares no network with translation_frontend".replace(
            "translation_", ""
        )
        + " @ redis.environment.API_URL"
    ]
    stranger = with_env("redis", API_URL="http://stranger:80").candidate
    assert len(told("address-unknown", replace(sound(), candidate=stranger))) == 1
    outside = with_document({"host": None}, "services", "redis", "networks")
    assert told("address-unknown", replace(outside, candidate=stranger)) == []
    alias = with_document({"backend": {"aliases": ["stranger"]}}, "services", "signaling", "networks")
    assert told("address-unknown", replace(alias, candidate=stranger)) == []
    named = with_document("Stranger", "services", "signaling", "hostname")
    assert told("address-unknown", replace(named, candidate=stranger)) == []


@pytest.mark.parametrize(
    ("url", "listens"),
    [
        ("http://mediasoup:4000", ""), ("http://mediasoup:4001", "4000"), ("http://mediasoup", "4000"),
        ("http://tasks.mediasoup:1", "4000"), ("ws://mediasoup", ""), ("http://redis:1", ""), ("http://nobody:1", ""),
        ("http://frontend:81", "80"),
    ],
)  # fmt: skip
def test_a_port_is_one_on_which_the_service_listens(url: str, listens: str) -> None:
    """By its PORT or its health check; of one that says neither nothing is known."""
    found = told("address-port", with_env("signaling", API_URL=url))
    host = url.rpartition("/")[2].partition(":")[0].removeprefix("tasks.")
    text = f"signaling: API_URL={url}: {host} listens on {listens} @ signaling.environment.API_URL"
    assert found == ([text] if listens else [])


HOSTS = "api.jbcalling.site, jbcalling.site, media.jbcalling.site, traefik.jbcalling.site, www.jbcalling.site"


@pytest.mark.parametrize(
    ("url", "text"),
    [
        ("https://api.jbcalling.site/x", ""), ("wss://API.jbcalling.site", ""), ("https://cdn.example.org", ""),
        ("http://signaling:8001", "signaling is known only inside the Swarm, and no browser finds it"),
        ("https://127.0.0.1", "127.0.0.1 is known only inside the Swarm, and no browser finds it"),
        ("https://foo.jbcalling.site", f"foo.jbcalling.site is no public host of the plan: its hosts are {HOSTS}"),
        ("https://a.b.jbcalling.site", f"a.b.jbcalling.site is no public host of the plan: its hosts are {HOSTS}"),
        ("http://api.jbcalling.site", "a page over https:// may not ask without TLS"),
        ("ws://api.jbcalling.site", "a page over https:// may not ask without TLS"),
        ("https://[", "is no address"), ("https://${HOST}", ""),
    ],
)  # fmt: skip
def test_browsers_are_told_what_they_can_use(url: str, text: str) -> None:
    """A public host of the plan over TLS, or a site of others."""
    found = told("page-tells-wrong", with_env("frontend", API=url))
    assert found == ([f"frontend: API={url}: {text} @ frontend.environment.API"] if text else [])
    assert told("page-tells-wrong", with_env("signaling", API=url)) == []


@pytest.mark.parametrize(
    ("name", "value", "speaks"),
    [("TURN_SECRET", "x", True), ("API_TOKEN", "x", True), ("TURN_SECRET", "", False), ("TITLE", "x", False),
     ("TURN_SECRET_FILE", "/run/secrets/x", False)],
)  # fmt: skip
def test_the_page_is_given_no_secret(name: str, value: str, speaks: bool) -> None:
    """The path of a file is none, and another service may have one."""
    text = f"frontend: {name} is a secret, and the page is public @ frontend.environment.{name}"
    assert told("page-holds-secret", with_env("frontend", **{name: value})) == ([text] if speaks else [])
    assert told("page-holds-secret", with_env("signaling", **{name: value})) == []


@pytest.mark.parametrize(
    ("value", "text", "severity"),
    [
        ("34.87.0.1", "", None), ("media.example.org", "", None), ("media.example.org.", "", None), ("192.0.2.1", "", None),
        ("34.87.0.1/10.0.0.4", "", None), ("[2a00::1]", "", None),
        ("", "is empty: nothing is announced", "error"), ("media", "is no address", "error"), ("1.2.3", "is no address", "error"),
        ("https://a.b", "is no address", "error"), ("-a.b", "is no address", "error"),
        ("198.51.100.7", "is an address of examples (RFC 5737), nobody's", "note"),
        ("203.0.113.7", "is an address of examples (RFC 5737), nobody's", "note"),
        ("2001:db8::1", "is an address of examples (RFC 5737), nobody's", "note"),
        ("0.0.0.0", "is unspecified: clients outside do not reach it", "error"),
        ("127.0.0.1", "is loopback: clients outside do not reach it", "error"),
        ("169.254.1.1", "is link-local: clients outside do not reach it", "error"),
        ("224.0.0.1", "is multicast: clients outside do not reach it", "error"),
        ("192.168.1.1", "is private: clients outside do not reach it", "error"),
        ("[fd00::1]", "is private: clients outside do not reach it", "error"),
    ],
)  # fmt: skip
@pytest.mark.parametrize(
    ("service", "name"),
    [("mediasoup", "ANNOUNCED_IP"), ("coturn", "EXTERNAL_IP"), ("coturn", "turn_public_address")],
)
def test_clients_reach_what_is_announced(
    service: str, name: str, value: str, text: str, severity: str | None
) -> None:
    """By the SFU and by the TURN server; of two in one variable the outer."""
    found = list(EVERY["announced-unreachable"].check(with_env(service, **{name: value})))
    assert [(each.subject, each.text, each.severity, each.key) for each in found] == (
        [(f"translation_{service}", f"{name}={value} {text}", Severity(severity), ("services", service, "environment", name))]
        if severity
        else []
    )  # fmt: skip


@pytest.mark.parametrize(
    ("sfu", "turn", "speaks"),
    [
        ("34.87.0.1", "34.87.0.2", True), ("34.87.0.1", "34.87.0.1/10.0.0.4", False), ("media.a.b", "34.87.0.2", False),
        ("34.87.0.1", "media.a.b", False), ("34.87.0.1", "192.0.2.1", False), ("192.0.2.1", "34.87.0.2", False),
    ],
)  # fmt: skip
def test_one_node_has_one_address(sfu: str, turn: str, speaks: bool) -> None:
    """Names and the lab's own addresses are let be, and so are two nodes."""
    media = with_env("mediasoup", ANNOUNCED_IP=sfu).candidate.service(PLAN.media)
    relay = with_env("coturn", EXTERNAL_IP=turn).candidate.service(PLAN.service("coturn"))
    assert media is not None
    assert relay is not None
    look = with_services(mediasoup={"env": media.env}, coturn={"env": relay.env})
    text = f"coturn: EXTERNAL_IP={turn}, and mediasoup on the same node announces {sfu} @ coturn.environment.EXTERNAL_IP"
    assert told("announced-differ", look) == ([text] if speaks else [])
    apart = tuple(
        replace(each, node="translation03") if each.name == "coturn" else each for each in PLAN.services
    )
    assert told("announced-differ", replace(look, plan=replace(PLAN, services=apart))) == []


def udp(first: int, last: int) -> tuple[Port, ...]:
    return tuple(Port(port, port, "udp", "host") for port in range(first, last + 1))


@pytest.mark.parametrize(
    ("env", "texts"),
    [
        ({}, []), ({"WORKER_COUNT": "10"}, []), ({"WORKER_COUNT": "many"}, []), ({"RTC_MAX_PORT": ""}, []),
        ({"RTC_MAX_PORT": "40008"}, ["uses 9 of 10 published ports: 4 peers at once @ mediasoup.environment.RTC_MAX_PORT"]),
        ({"RTC_MIN_PORT": "39990"}, []),
        *[({name: "11"}, [f"{name}=11 workers share 10 ports @ mediasoup.environment.{name}"])
          for name in ("WORKER_COUNT", "MEDIASOUP_WORKERS", "NUM_WORKERS")],
    ],
)  # fmt: skip
def test_the_sfu_uses_its_ports(env: dict[str, str], texts: list[str]) -> None:
    """All that are published, and no more workers than ports."""
    assert told("media-capacity", with_env("mediasoup", **env)) == [f"mediasoup: {text}" for text in texts]


@pytest.mark.parametrize(
    ("env", "ports", "texts"),
    [
        ({"MIN_PORT": "5", "MAX_PORT": "7"}, udp(5, 7), []),
        ({"MIN_PORT": "5", "MAX_PORT": "7"}, udp(5, 6),
         ["relays on 5-7, of which 7 are not published @ coturn.environment.MAX_PORT"]),
        ({"MIN_PORT": "5", "MAX_PORT": "8"}, udp(5, 6),
         ["relays on 5-8, of which 7 to 8 are not published @ coturn.environment.MAX_PORT"]),
        ({"MIN_PORT": "5", "MAX_PORT": "8"}, udp(7, 8),
         ["relays on 5-8, of which 5 to 6 are not published @ coturn.environment.MIN_PORT"]),
        ({"MIN_PORT": "x", "MAX_PORT": "8"}, (), []), ({"MIN_PORT": "9", "MAX_PORT": "8"}, (), []),
        ({"LISTENING_PORT": "5"}, udp(5, 5), []), ({"LISTENING_PORT": "x"}, (), []),
        ({"TURN_PORT": "5"}, (Port(5, 6, "tcp", "host"),), []),
        ({"TURN_PORT": "6"}, (Port(5, 6, "tcp", "host"),), ["TURN_PORT=6 is not published @ coturn.environment.TURN_PORT"]),
        ({"LISTENING_PORT": "9"}, udp(5, 5), ["LISTENING_PORT=9 is not published @ coturn.environment.LISTENING_PORT"]),
    ],
)  # fmt: skip
def test_the_turn_servers_ports_are_published(
    env: Mapping[str, str], ports: tuple[Port, ...], texts: list[str]
) -> None:
    """Each that it relays on by UDP; it listens on what is published, by TCP or UDP."""
    found = told("turn-ports", with_services(coturn={"env": env, "ports": ports}))
    assert found == [f"coturn: {text}" for text in texts]


@pytest.mark.parametrize(
    ("fields", "speaks"),
    [
        ({}, True), ({"secrets": ("s at /run/secrets/s",)}, False), ({"configs": ("c at /c",)}, False),
        *[({field: (word,)}, False) for field in ("args", "command")
          for word in ("--static-auth-secret=x", "--user=a:b", "PASSWORD", "--cred")],
        ({"env": {"TURN_SECRET": "x"}}, False), ({"args": ("--verbose",)}, True),
    ],
)  # fmt: skip
def test_the_turn_server_has_a_secret(fields: dict[str, Any], speaks: bool) -> None:
    """Mounted, in a variable, or among its options."""
    bare: dict[str, Any] = {"secrets": (), "configs": (), "args": (), "command": (), "env": {}}
    found = told("turn-secret", with_services(coturn={**bare, **fields}))
    text = "coturn: has neither a mounted secret nor credentials @ coturn.secrets"
    assert found == ([text] if speaks else [])
