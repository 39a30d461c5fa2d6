"""Rehearsals with the real Traefik: its own words, its routers, and whom real requests reach."""

from collections.abc import Callable, Iterable
from typing import Any

import pytest

from fixtures.judge.rehearsed import POLLING
from fixtures.rehearse.values import Rehearsal, Reply

Rehearse = Callable[[Callable[[dict[str, Any]], None]], Rehearsal]


def labels(document: dict[str, Any], service: str) -> dict[str, str]:
    found: dict[str, str] = document["services"][service]["deploy"]["labels"]
    return found


def unchanged(_: dict[str, Any]) -> None:
    """The reference stack as it is."""


def tasks(replies: Iterable[Reply]) -> set[str | None]:
    return {each.task for each in replies}


def test_the_reference_stack_answers(rehearsed: Rehearse) -> None:
    """Every host, over TLS, from every replica; http:// is led to https://; the cookie leads back."""
    seen = rehearsed(unchanged)
    assert seen.exit is None
    assert seen.configuration.faulty == ()
    page = [r for r in seen.replies_of("jbcalling.site") if r.question.path == "/"]
    assert tasks(page) == {f"translation_frontend.{n}" for n in (1, 2, 3)}
    assert {r.status for r in seen.replies_of("traefik.jbcalling.site")} == {401}
    (plain,) = seen.replies_of("jbcalling.site", scheme="http")
    assert (plain.status, plain.headers["location"]) == (301, "https://jbcalling.site/")
    polled = [r for r in seen.replies if r.question.path == POLLING]
    first = [r for r in polled if not r.question.cookies]
    assert len(polled) > len(first) == 1
    assert tasks(polled) == tasks(first)
    assert next(r.status for r in seen.replies if r.question.upgrade) == 101


def test_a_traefik_that_ends_says_why(rehearsed: Rehearse) -> None:
    """An option that it does not know: it ends, with its own words."""

    def typo(document: dict[str, Any]) -> None:
        document["services"]["traefik"]["command"].append("--providers.swarm.exposebydefault=false")

    seen = rehearsed(typo)
    assert seen.exit is not None
    assert seen.exit.status == 1
    assert "field not found, node: exposebydefault" in " ".join(seen.exit.words)
    assert seen.replies == ()


def test_a_missing_middleware_is_named_by_traefik_itself(rehearsed: Rehearse) -> None:
    """The router is disabled, and the host answers 404."""

    def undefined(document: dict[str, Any]) -> None:
        labels(document, "signaling")["traefik.http.routers.signaling.middlewares"] = "cors"

    seen = rehearsed(undefined)
    faulty = {each.name: each.errors for each in seen.configuration.faulty}
    assert faulty == {"signaling@swarm": ('middleware "cors@swarm" does not exist',)}
    assert {r.status for r in seen.replies_of("api.jbcalling.site")} == {404}


def test_a_wrong_port_is_a_bad_gateway(rehearsed: Rehearse) -> None:
    """The stand-ins listen where PORT and the health check say that the program does, and nowhere else."""

    def wrong(document: dict[str, Any]) -> None:
        labels(document, "signaling")["traefik.http.services.signaling.loadbalancer.server.port"] = "3000"

    assert {r.status for r in rehearsed(wrong).replies_of("api.jbcalling.site")} == {502}


def test_a_network_that_is_not_shared_reaches_nobody(rehearsed: Rehearse) -> None:
    """Addresses of networks that Traefik is not on are nobody's here, as they are in a Swarm."""

    def apart(document: dict[str, Any]) -> None:
        document["services"]["frontend"]["networks"] = ["backend"]

    assert {r.service for r in rehearsed(apart).replies_of("jbcalling.site")} == {None}


def test_what_would_ask_outside_is_left_out_and_said(rehearsed: Rehearse) -> None:
    """A certificate authority refuses at once, exporters and plugins are not started: no name is looked up."""

    def outside(document: dict[str, Any]) -> None:
        document["services"]["traefik"]["command"] += [
            "--tracing.otlp.http.endpoint=http://collector.example:4318",
            "--certificatesresolvers.le.acme.email=a@b.example",
            "--certificatesresolvers.le.acme.storage=/letsencrypt/acme.json",
            "--certificatesresolvers.le.acme.dnschallenge.provider=cloudflare",
            "--experimental.plugins.demo.modulename=github.com/traefik/plugindemo",
            "--experimental.plugins.demo.version=v0.2.1",
        ]
        labels(document, "frontend")["traefik.http.middlewares.auth.forwardauth.address"] = (
            "http://auth.example"
        )
        labels(document, "frontend")["traefik.http.routers.frontend.middlewares"] = "auth"
        labels(document, "frontend")["traefik.http.routers.frontend.tls.certresolver"] = "le"

    seen = rehearsed(outside)
    assert seen.exit is None
    said = "\n".join(seen.left_out)
    for word in ("tracing.otlp", "experimental.plugins.demo", "forwardauth.address"):
        assert word in said
    page = [r for r in seen.replies_of("jbcalling.site") if r.question.path == "/"]
    assert {r.status for r in page} == {200}


STATIC = """
providers:
  swarm: {endpoint: "unix:///var/run/docker.sock", exposedByDefault: false, network: translation_frontend}
  file: {filename: /etc/traefik/tls.yml}
entryPoints:
  web: {address: ":80", http: {redirections: {entryPoint: {to: websecure, scheme: https}}}}
  websecure: {address: ":443", http: {tls: {}}}
api: {dashboard: true}
accessLog: {}
"""


def as_variables(service: dict[str, Any], flags: list[str]) -> None:
    """The flags as variables, without those that are filled in from variables themselves."""
    pairs = (flag.removeprefix("--").split("=", 1) for flag in flags if "$" not in flag)
    service["environment"] = {"TRAEFIK_" + key.upper().replace(".", "_"): value for key, value in pairs}


@pytest.mark.parametrize("kind", ["file", "variables", "entrypoint"])
def test_every_way_of_configuring_it_is_rehearsed(rehearsed: Rehearse, kind: str) -> None:
    """A mounted file, variables, flags in the entrypoint: the same answers."""

    def changed(document: dict[str, Any]) -> None:
        service = document["services"]["traefik"]
        flags = service.pop("command")
        if kind == "entrypoint":
            service["entrypoint"] = ["traefik", *flags]
        elif kind == "variables":
            as_variables(service, flags)
        else:
            document["x-files"] = {"config/static.yml": STATIC}
            document["configs"]["static"] = {"file": "./config/static.yml"}
            service["configs"].append({"source": "static", "target": "/etc/traefik/traefik.yml"})

    seen = rehearsed(changed)
    assert seen.exit is None, seen.exit
    page = [r for r in seen.replies_of("jbcalling.site") if r.question.path == "/"]
    assert tasks(page) == {f"translation_frontend.{n}" for n in (1, 2, 3)}


def test_digest_users_have_a_stand_in_of_their_own_form(rehearsed: Rehearse) -> None:
    """A secret file of users is never read here; what is mounted in its place must not be why Traefik refuses a router."""

    def digest(document: dict[str, Any]) -> None:
        own = labels(document, "traefik")
        path = own.pop("traefik.http.middlewares.dashboard-users.basicauth.usersfile")
        own["traefik.http.middlewares.dashboard-users.digestauth.usersfile"] = path

    seen = rehearsed(digest)
    assert seen.configuration.faulty == ()
    assert {r.status for r in seen.replies_of("traefik.jbcalling.site")} == {401}
