"""Rules on what Traefik is told, on either side of each boundary and in every way of writing."""

from dataclasses import replace

import pytest

from fixtures.judge.edge_findings import seconds_of
from fixtures.rehearse.startup import Option, Source
from tests.harness.samples.changed_stack import sound, told, with_document, with_options

WRITE = "entrypoints__websecure__transport__respondingtimeouts__writetimeout"
DIAL = "serverstransport__forwardingtimeouts__dialtimeout"


@pytest.mark.parametrize(
    ("rule", "options", "text"),
    [
        ("poll-cut", {WRITE: "0"}, ""), ("poll-cut", {WRITE: "30s"}, ""), ("poll-cut", {WRITE: "soon"}, ""),
        ("poll-cut", {WRITE: "29.9s"}, "the entrypoint websecure ends every answer after 29.9s: long polls are cut"),
        ("poll-cut", {WRITE: "0.5"}, "the entrypoint websecure ends every answer after 0.5: long polls are cut"),
        ("dial-timeout", {DIAL: "0s"}, ""), ("dial-timeout", {DIAL: "200ms"}, ""), ("dial-timeout", {DIAL: "soon"}, ""),
        ("dial-timeout", {DIAL: "199ms"}, "gives up on a replica after 199ms"),
        ("dial-timeout", {DIAL: "500us"}, "gives up on a replica after 500us"),
        ("refresh-slow", {"providers__swarm__refreshseconds": "60"}, ""),
        ("refresh-slow", {"providers__swarm__refreshseconds": "often"}, ""),
        ("refresh-slow", {"providers__swarm__refreshseconds": "61"}, "asks the Swarm for its tasks every 61 s only"),
        ("dashboard-open", {"api__insecure": "false"}, ""), ("dashboard-open", {"api__insecure": "yes"}, ""),
        *[("dashboard-open", {"api__insecure": yes}, "--api.insecure=true opens the dashboard without a password")
          for yes in ("true", "True", "1", "t")],
        *[("access-log-lacking", {"accesslog": no}, "writes no access log: which replica answered cannot be seen")
          for no in ("false", "False", "0", "f")],
        ("access-log-lacking", {"accesslog": "true", "accesslog__format": "json"}, ""),
        ("access-log-lacking", {"accesslog__filepath": "/a"},
         "writes its access log to /a, where `docker service logs` does not see it"),
        ("two-providers", {"providers__docker": "true"}, "reads --providers.docker beside --providers.swarm"),
        ("two-providers", {"providers__docker__endpoint": "unix:///x"}, "reads --providers.docker beside --providers.swarm"),
        ("two-providers", {"providers__file__watch": "true"}, ""),
        ("entrypoint-loopback", {"entrypoints__a__address": "localhost:80"},
         "the entrypoint a listens on localhost:80: nobody outside reaches it"),
        ("entrypoint-loopback", {"entrypoints__a__address": "[::1]:80"},
         "the entrypoint a listens on [::1]:80: nobody outside reaches it"),
        ("entrypoint-loopback", {"entrypoints__a__address": "127.9.9.9:80"},
         "the entrypoint a listens on 127.9.9.9:80: nobody outside reaches it"),
        ("entrypoint-loopback", {"entrypoints__a__address": "128.0.0.1:80"}, ""),
    ],
)  # fmt: skip
def test_what_traefik_is_told(rule: str, options: dict[str, str], text: str) -> None:
    """On both sides of each boundary, in every way of writing."""
    assert told(rule, with_options(**options)) == ([f"traefik: {text} @ traefik.command"] if text else [])


def test_a_dial_that_nobody_set_and_an_access_log_that_nobody_asked_for() -> None:
    """Traefik's own default waits thirty seconds, and writes no access log."""
    startup = sound().startup
    assert startup is not None
    bare = replace(sound(), startup=replace(startup, options=()))
    assert told("dial-timeout", bare) == told("refresh-slow", bare) == told("dashboard-open", bare) == []
    assert told("access-log-lacking", bare) == [
        "traefik: writes no access log: which replica answered cannot be seen @ traefik.command"
    ]
    blind = replace(sound(), startup=None)
    for rule in ("poll-cut", "dial-timeout", "refresh-slow", "dashboard-open", "access-log-lacking"):
        assert told(rule, blind) == []


@pytest.mark.parametrize(
    ("driver", "speaks"), [("none", True), ("local", False), ("json-file", False), (None, False)]
)
def test_a_log_that_is_thrown_away_cannot_be_read(driver: str | None, speaks: bool) -> None:
    """Though Traefik writes it."""
    look = with_document({"driver": driver}, "services", "traefik", "logging")
    text = "traefik: logging driver none: its access log cannot be read @ traefik.logging"
    assert told("access-log-lacking", look) == ([text] if speaks else [])


@pytest.mark.parametrize(
    ("source", "given", "where"),
    [
        (Source.FLAGS, {"command": ["--x"], "entrypoint": ["a"]}, "traefik.command"),
        (Source.FLAGS, {"entrypoint": ["traefik", "--x"]}, "traefik.entrypoint"),
        (Source.FLAGS, {}, "traefik"),
        (Source.ENVIRONMENT, {"command": ["--x"]}, "traefik.environment"),
    ],
)
def test_traefiks_options_stand_where_the_stack_gives_them(
    source: Source, given: dict[str, object], where: str
) -> None:
    """Environment, command or entrypoint."""
    look = with_document(given, "services", "traefik")
    assert look.startup is not None
    options = (Option("api.insecure", "true", ()),)
    found = told(
        "dashboard-open", replace(look, startup=replace(look.startup, source=source, options=options))
    )
    assert found == [f"traefik: --api.insecure=true opens the dashboard without a password @ {where}"]


@pytest.mark.parametrize(
    ("text", "seconds"),
    [
        ("1h2m3s", 3723.0), ("1.5s", 1.5), ("250ms", 0.25), ("500us", 5e-4), ("7ns", 7e-9), ("15", 15.0), ("0", 0.0),
        ("", None), ("s", None), ("soon", None), ("1s!", None), ("-1s", None), ("1d", None),
    ],
)  # fmt: skip
def test_a_duration_as_go_writes_it(text: str, seconds: float | None) -> None:
    """A bare number is seconds; what is no duration has none."""
    assert seconds_of(text) == (None if seconds is None else pytest.approx(seconds))
