"""Rules on how Traefik is started: does it read the Swarm, is it reached, is there what its labels and check ask."""

from dataclasses import replace
from typing import Any

import pytest

from fixtures.judge.file_rules import FileLook
from fixtures.observe.swarm.state import Healthcheck
from fixtures.rehearse.startup import Option
from fixtures.target.planned import Port
from tests.harness.samples.changed_stack import sound, told, with_services

SOCK = "/var/run/docker.sock"


def started(look: FileLook | None = None, **options: str) -> FileLook:
    """A look with these options of Traefik and no others; `__` stands for a dot."""
    look = look or sound()
    assert look.startup is not None
    made = tuple(Option(key.replace("__", "."), value, ()) for key, value in options.items())
    return replace(look, startup=replace(look.startup, options=made))


def edge(**fields: Any) -> FileLook:  # noqa: ANN401 - any field of a service
    return with_services(traefik=fields)


@pytest.mark.parametrize(
    ("mount", "endpoint", "speaks"),
    [
        (f"bind {SOCK} at {SOCK}", None, False), (f"bind {SOCK} at {SOCK}, read-only", None, False),
        (f"bind /srv/look at me at {SOCK}", None, False), ("bind /var/run at /var/run", None, False),
        ("bind /var at /var/ru", None, True), (f"bind {SOCK} at /else", None, True), ("", None, True),
        (f"bind {SOCK} at /else", "unix:///else", False), ("", "tcp://proxy:2375", False), ("", "unix:///else", True),
    ],
)  # fmt: skip
@pytest.mark.parametrize("provider", ["swarm", "docker"])
def test_the_socket_that_traefik_asks_is_mounted(
    provider: str, mount: str, endpoint: str | None, speaks: bool
) -> None:
    """Itself or a folder above it; what it asks over the network need not be."""
    options = {f"providers__{provider}__exposedbydefault": "false"}
    if endpoint is not None:
        options[f"providers__{provider}__endpoint"] = endpoint
    found = told("swarm-unread", started(edge(mounts=(mount,) if mount else ()), **options))
    text = f"traefik: the provider {provider} asks {endpoint or f'unix://{SOCK}'}, which is not mounted @ traefik.volumes"
    assert found == ([text] if speaks else [])


def test_without_a_provider_no_socket_is_asked() -> None:
    """Nor without Traefik."""
    assert told("swarm-unread", started(edge(mounts=()), providers__file__filename="/x")) == []
    assert told("swarm-unread", edge(name="translation_other", mounts=())) == []


def test_two_providers_alone_are_two() -> None:
    """With a third or without."""
    text = "traefik: reads --providers.docker beside --providers.swarm @ traefik.command"
    assert told("two-providers", started(providers__docker="true", providers__swarm="true")) == [text]
    assert told("two-providers", started(providers__swarm="true", entrypoints__docker__address=":80")) == []


PORTS = (Port(80, 8000, "tcp", "host"), Port(443, 443, "udp", "host"))


@pytest.mark.parametrize(
    ("options", "listens"),
    [
        ({"entrypoints__web__address": ":80"}, ""), ({"entrypoints__web__address": "0.0.0.0:80/tcp"}, ""),
        ({"entrypoints__web__address": ":81"}, "81"),
        ({"entrypoints__a__address": ":9", "entrypoints__b__address": ":81"}, "81, 9"),
        ({"entrypoints__web__address": ":81", "ping": "true"}, "8080, 81"),
        ({"entrypoints__web__address": ":81", "api__insecure": "true"}, "8080, 81"),
        ({"entrypoints__web__address": ":81", "api__dashboard": "true"}, "81"),
        ({"entrypoints__web__address": ":81", "metrics__prometheus": "true"}, "8080, 81"),
        ({"entrypoints__web__address": ":81", "metrics__prometheus__buckets": "0.1,1"}, "8080, 81"),
        ({"entrypoints__web__address": ":81", "metrics__prometheus__entrypoint": "web"}, "81"),
        ({"entrypoints__web__address": ":81", "metrics__otlp": "true"}, "81"),
    ],
)  # fmt: skip
def test_what_is_published_is_listened_on(options: dict[str, str], listens: str) -> None:
    """By TCP; where Traefik answers pings, shows its dashboard to all or its metrics to Prometheus, on 8080 as well."""
    found = told("published-not-listened", started(edge(ports=PORTS), **options))
    text = f"traefik: publishes 8000 for its port 80, and listens on {listens} @ traefik.ports"
    assert found == ([text] if listens else [])


def test_of_a_configuration_that_cannot_be_read_no_port_is_known() -> None:
    """Another rule has Traefik's own words of it."""
    look = started(edge(ports=PORTS), entrypoints__web__address=":81")
    assert look.startup is not None
    assert (
        told("published-not-listened", replace(look, startup=replace(look.startup, broken="no TOML"))) == []
    )


@pytest.mark.parametrize("key", ["traefik.http.routers.dash.service", "Traefik.HTTP.routers.dash.Service"])
@pytest.mark.parametrize("value", ["api@internal", "API@internal", "dashboard@internal"])
def test_traefiks_own_api_is_there_where_a_router_leads_to_it(key: str, value: str) -> None:
    """By any service's label; a router to another service needs none."""
    look = edge(labels={key: value})
    text = f"traefik: {key}={value}, and Traefik runs without --api @ traefik.deploy.labels.{key}"
    assert told("api-off", started(look, ping="true", apix="true")) == [text]
    for option in ("api", "api__dashboard", "api__insecure"):
        assert told("api-off", started(look, **{option: "true"})) == []
    assert told("api-off", started(edge(labels={key: "signaling"}))) == []
    assert told("api-off", started(edge(labels={"traefik.http.routers.a.b.service": value}))) == []


def test_traefiks_ping_is_there_where_its_check_asks_it() -> None:
    """By its own command, or by a path."""
    for words in (("CMD", "traefik", "healthcheck"), ("CMD-SHELL", "wget http://localhost:8080/ping")):
        look = edge(healthcheck=Healthcheck(words, 10.0, 3.0, 3, None))
        assert told("ping-off", started(look, pings="x")) == [
            f"traefik: its health check ({' '.join(words)}) asks Traefik's ping, and Traefik runs without --ping @ "
            "traefik.healthcheck"
        ]
        for option in ("ping", "ping__entrypoint"):
            assert told("ping-off", started(look, **{option: "true"})) == []
    assert told("ping-off", started(edge(healthcheck=Healthcheck(("CMD", "true"), 10.0, 3.0, 3, None)))) == []
    assert told("ping-off", started(edge(healthcheck=None))) == []
