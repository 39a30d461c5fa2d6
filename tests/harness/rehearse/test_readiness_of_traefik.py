"""When a rehearsal may begin to ask: Traefik has the routers that it says its providers gave it; and what is read but once."""

import json
from pathlib import Path
from typing import Any

import pytest

from fixtures.observe.http.traefik_api import EdgeConfiguration, Element
from fixtures.rehearse.completeness import SETTLE_S, Complete, has_all
from fixtures.rehearse.mounted import Mounted, mounted, read_mounts, texts_of
from fixtures.rehearse.process import entry_of
from fixtures.rehearse.rehearsal import own_words
from fixtures.rehearse.values import LogEntry

NOTHING_YET = EdgeConfiguration((Element("dashboard@internal", "enabled", ()),))
PAGE = EdgeConfiguration((*NOTHING_YET.routers, Element("page@swarm", "enabled", ())))


def received(provider: str, routers: object, message: str = "Configuration received") -> LogEntry:
    """As Traefik's log has it."""
    config = {"http": {"routers": routers} if routers else {}, "tcp": {}, "udp": {}}
    line = {"level": "debug", "providerName": provider, "config": config, "message": message}
    found = entry_of(json.dumps(line))
    assert found is not None
    return found


def test_the_routers_of_a_configuration_are_read_from_the_log() -> None:
    """By their full names; a configuration without any is one of none."""
    routers = {"page": {"rule": "Host(`a.example`)"}, "api@internal": {}}
    assert received("swarm", routers).routers == frozenset({"page@swarm", "api@internal"})
    assert received("file", None).routers == frozenset()


@pytest.mark.parametrize(
    "line",
    [
        {"config": {"watch": True, "filename": "/x"}}, {"config": "http"}, {"config": {"http": None}}, {"config": None}, {},
    ],
)  # fmt: skip
def test_other_lines_tell_of_no_routers(line: dict[str, Any]) -> None:
    """A provider's own options are called `config` too."""
    found = entry_of(
        json.dumps({"level": "debug", "message": "*file.Provider provider configuration", **line})
    )
    assert found is not None
    assert found.routers is None


def test_all_that_was_received_must_be_there() -> None:
    """A router that is still missing is waited for; of one provider the latest configuration counts."""
    gone = received("swarm", {"page": {}, "old": {}})
    now = received("swarm", {"page": {}})
    other = received("file", {"more": {}})
    assert not has_all(NOTHING_YET, [now])
    assert has_all(PAGE, [now])
    assert not has_all(PAGE, [gone])
    assert has_all(PAGE, [gone, now])
    assert not has_all(PAGE, [now, other])


def test_traefiks_own_routers_are_not_waited_for() -> None:
    """They are not the stack's, and it need not list each of them."""
    assert has_all(PAGE, [received("swarm", {"page": {}}), received("internal", {"web-to-websecure": {}})])


def test_a_router_on_several_entrypoints_may_be_there_as_several() -> None:
    """Where an entrypoint has TLS or middlewares by default, Traefik makes one of each."""
    split = EdgeConfiguration((Element("websecure-page@swarm", "enabled", ()),))
    assert has_all(split, [received("swarm", {"page": {}})])
    assert not has_all(split, [received("swarm", {"other": {}})])


def test_a_stack_without_routers_is_not_waited_for() -> None:
    """Traefik says that it received none, so none will come."""
    assert has_all(NOTHING_YET, [received("swarm", None)])


def test_where_the_log_says_nothing_any_router_will_do() -> None:
    """Another release may not tell: then a router of the stack's own shows that it has read it."""
    assert not has_all(NOTHING_YET, [])
    assert has_all(PAGE, [])


def test_what_is_mounted_is_read_once(tmp_path: Path) -> None:
    """A file that changes between two looks cannot make them differ; a secret's stand-in is the same in both."""
    (tmp_path / "traefik.yml").write_text("ping: {}\n")
    service = {
        "configs": [{"source": "static", "target": "/etc/traefik/traefik.yml"}, {"source": "none"}],
        "secrets": [{"source": "users"}],
    }
    document = {"configs": {"static": {"file": "traefik.yml"}, "none": {"file": "no-such"}}}
    mounts = tuple(read_mounts(document, service, tmp_path))
    (tmp_path / "traefik.yml").write_text("api: {}\n")
    laid_out = mounted(mounts, tmp_path / "here")
    assert texts_of(mounts)["/etc/traefik/traefik.yml"] == "ping: {}\n"
    assert Path(laid_out.paths["/etc/traefik/traefik.yml"]).read_text() == "ping: {}\n"
    assert Path(laid_out.paths["/run/secrets/users"]).read_text() == texts_of(mounts)["/run/secrets/users"]
    assert (set(laid_out.texts), laid_out.made_up) == (
        {"/etc/traefik/traefik.yml", "/run/secrets/users"},
        ("/run/secrets/users",),
    )


def test_the_time_for_routers_begins_with_the_first_answer_and_with_all_that_is_new() -> None:
    """On a busy machine its API answers seconds after it has read its providers, and first without their routers."""
    now = [1000.0]
    complete = Complete(lambda: now[0])
    log = [received("swarm", {"page": {}})]
    assert not complete.shown(NOTHING_YET, log)
    now[0] += SETTLE_S
    assert not complete.shown(NOTHING_YET, log)
    log.append(received("file", None))
    now[0] += 0.1
    assert not complete.shown(NOTHING_YET, log)
    now[0] += SETTLE_S
    assert not complete.shown(NOTHING_YET, log)
    now[0] += 0.1
    assert complete.shown(NOTHING_YET, log), "a router that never comes is not waited for without end"
    assert Complete(lambda: now[0]).shown(PAGE, log), "what is complete is taken at once"


def test_a_certificate_that_no_authority_gives_is_the_rehearsals_own_doing(tmp_path: Path) -> None:
    """On a busy machine Traefik gives up asking for one before it is ended, in the name of a router."""
    refused = LogEntry(
        "error", "Unable to obtain ACME certificate for domains",
        {"routerName": "site@swarm", "providerName": "letsencrypt.acme"},
    )  # fmt: skip
    resolver = LogEntry(
        "error", "Router uses a nonexistent certificate resolver", {"routerName": "site@swarm"}
    )
    said = own_words([refused, resolver], Mounted({}, {}, ()), tmp_path)
    assert said == (resolver,)
