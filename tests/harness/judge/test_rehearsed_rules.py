"""Rules on what the real Traefik said and did, from rehearsals made up here: each answer that it could give."""

from dataclasses import replace
from typing import Any

import pytest

from fixtures.judge.rehearsed import POLLING
from fixtures.judge.rules import EVERY
from fixtures.observe.http.traefik_api import Element
from fixtures.rehearse.values import Exit, LogEntry, Reply
from tests.harness.samples.changed_stack import sound, told, with_services
from tests.harness.samples.rehearsals import (
    API,
    BOARD,
    FRONTEND,
    PAGE,
    SIGNALING,
    WWW,
    configured,
    looked,
    reply,
)
from tests.stack_cases.judging import PLAN


def test_nothing_is_told_of_what_was_not_rehearsed_or_ended_at_once() -> None:
    """Only that it ended, with its own words."""
    asks = [rule for rule, each in EVERY.items() if each.asks.name == "TRAEFIK"]
    assert len(asks) > 8
    assert {rule: found for rule in asks if (found := told(rule, sound()))} == {}
    ended = looked(reply(PAGE, 0), exit=Exit(1, ("one", "two")), log=(LogEntry("error", "x"),))
    assert {rule: found for rule in asks if (found := told(rule, ended))} == {
        "edge-exits": ["traefik: Traefik does not start: one; two (exit status 1) @ traefik.command"]
    }
    assert told("edge-exits", looked(exit=Exit(2, ()))) == [
        "traefik: Traefik does not start: it says nothing (exit status 2) @ traefik.command"
    ]


@pytest.mark.parametrize(
    ("answer", "text"),
    [
        (reply(API, 200, SIGNALING), ""), (reply(API, 504, SIGNALING), ""), (reply(API, 401), ""),
        (reply(BOARD, 200), ""), (reply(BOARD, 401), ""), (reply(BOARD, 302), ""),
        (reply(API, 302, headers={"location": "https://sso.example.org/"}), ""),
        (reply(API, 302, headers={"location": f"https://{API}/"}),
         "answered 302 1 of 1 times: it is redirected to itself, without end"),
        (reply(API, 302), "answered 302 1 of 1 times: it is redirected to itself, without end"),
        (reply(API, 404), f"answered 404 1 of 1 times: no router of Traefik takes https://{API}/health"),
        (reply(API, 0, error="refused"),
         "not answered (refused) 1 of 1 times: no TLS connection comes to Traefik where 443 leads"),
        (reply(API, 418), "answered 418"),
        *[(reply(API, status), f"answered {status} 1 of 1 times: Traefik takes the request and cannot pass it on; signaling "
           "listens on 8001, as its PORT or health check says") for status in (500, 502, 503, 504)],
    ],
)  # fmt: skip
def test_a_public_host_is_answered_by_somebody(answer: Reply, text: str) -> None:
    """By a service of the stack, or by Traefik itself where it asks for a password or leads elsewhere."""
    key = "traefik.command" if answer.status == 0 else "signaling.deploy.labels"
    found = told("host-unanswered", looked(answer))
    assert found == ([f"{API}: {text} @ {key}"] if text else [])


def test_the_most_frequent_answer_is_told() -> None:
    """With how often it came; other paths, cookies and plain http do not count."""
    answers = [reply(API, status) for status in (404, 502, 404)] + [reply(API, 200, SIGNALING)]
    others = [reply(API, 503, path="/"), reply(API, 503, cookies="a=b"), reply(API, 503, scheme="http")]
    assert told("host-unanswered", looked(*others, *answers)) == [
        f"{API}: answered 404 2 of 3 times: no router of Traefik takes https://{API}/health @ signaling.deploy.labels"
    ]
    assert told("host-unanswered", looked(*others)) == []


RULE = "traefik.http.routers.signaling.rule"


@pytest.mark.parametrize(
    ("fields", "text"),
    [
        ({"labels": {}, "container_labels": {"Traefik.http.routers.signaling.rule": "x"}},
         "the rule for it is under `labels:` of signaling; Traefik reads `deploy.labels`"),
        ({"labels": {}, "container_labels": {"other": "x"}}, "signaling has no router"),
        ({"labels": {"traefik.enable": "true"}}, "signaling has no router"),
        *[({"labels": {RULE.upper(): "x", "traefik.enable": no}}, f"signaling has traefik.enable={no}")
          for no in ("false", "False", "0", "f")],
        ({"labels": {RULE: "x"}}, f"no router of Traefik takes https://{API}/health"),
    ],
)  # fmt: skip
def test_why_nobody_answers_is_told_as_far_as_the_file_shows_it(fields: dict[str, Any], text: str) -> None:
    """From the service's labels, in any case."""
    found = told("host-unanswered", looked(reply(API, 404), look=with_services(signaling=fields)))
    assert found == [f"{API}: answered 404 1 of 1 times: {text} @ signaling.deploy.labels"]


def test_of_a_host_without_its_service_that_is_told() -> None:
    """The dashboard is Traefik's own; another service that is gone is named as gone, one that is not planned not."""
    gone = with_services(signaling={"name": "translation_other"})
    assert [
        each.partition(" @ ")[0] for each in told("host-unanswered", looked(reply(API, 404), look=gone))
    ] == [f"{API}: answered 404 1 of 1 times: the service that the plan names is not in the stack"]
    assert told("host-unanswered", looked(reply(BOARD, 404))) == [
        f"{BOARD}: answered 404 1 of 1 times: no router of Traefik takes https://{BOARD}/dashboard/ @ traefik.deploy.labels"
    ]
    edgeless = with_services(traefik={"name": "translation_other"})
    found = told("host-unanswered", looked(reply(BOARD, 404), look=edgeless))
    assert found == [f"{BOARD}: answered 404 1 of 1 times: no router takes it @ services"]
    silent = with_services(signaling={"env": {"PORT": "none"}, "healthcheck": None})
    assert told("host-unanswered", looked(reply(API, 502), look=silent)) == [
        f"{API}: answered 502 1 of 1 times: Traefik takes the request and cannot pass it on @ signaling.deploy.labels"
    ]


def test_a_host_is_answered_by_its_own_service() -> None:
    """Each other one is told, with the paths on which it answers; the dashboard's is Traefik."""
    answers = [
        reply(API, 200, SIGNALING), reply(API, 200, FRONTEND, "/"), reply(API, 200, FRONTEND, POLLING),
        reply(API, 200, "translation_tts", "/"), reply(API, 404, path="/x"), reply(BOARD, 200, FRONTEND),
    ]  # fmt: skip
    assert told("host-led-astray", looked(*answers)) == [
        f"{API}: /, /socket.io/ are answered by frontend, plan A has signaling @ frontend.deploy.labels",
        f"{API}: / is answered by tts, plan A has signaling @ tts",
        f"{BOARD}: /dashboard/ is answered by frontend @ frontend.deploy.labels",
    ]
    assert told("host-led-astray", looked(reply(API, 200, SIGNALING), reply(PAGE, 200, FRONTEND))) == []


def test_a_page_whose_service_the_plan_does_not_name_has_one() -> None:
    """Whichever it is."""
    hosts = tuple(replace(each, service=None) if each.kind == "page" else each for each in PLAN.hosts)
    look = replace(sound(), plan=replace(PLAN, hosts=hosts))
    one, other = reply(PAGE, 200, FRONTEND), reply(PAGE, 200, "translation_tts")
    assert told("host-led-astray", looked(one, look=look)) == []
    assert told("host-led-astray", looked(one, other, look=look)) == [
        f"{PAGE}: / is answered by frontend @ frontend.deploy.labels", f"{PAGE}: / is answered by tts @ tts",
    ]  # fmt: skip


def served(host: str, service: str, *tasks: str | None) -> list[Reply]:
    return [reply(host, 200, service, task=task) for task in tasks]


def test_each_replica_is_served() -> None:
    """Over all hosts of its service; as many as a rehearsal makes, one on each node in global mode."""
    page = [*served(PAGE, FRONTEND, "f.1", "f.2"), *served(WWW, FRONTEND, "f.2", "f.3", None)]
    assert told("replica-not-served", looked(*page)) == []
    assert told("replica-not-served", looked(*page[:3])) == [
        "frontend: 2 of its 3 replicas get requests: f.1, f.2 @ frontend.deploy.labels"
    ]
    everywhere = with_services(frontend={"replicas": None})
    assert told("replica-not-served", looked(*page, look=everywhere)) == []
    assert len(told("replica-not-served", looked(*page[:3], look=everywhere))) == 1
    assert told("replica-not-served", looked(*served(API, "translation_tts", "t.1"))) == []
    (found,) = EVERY["replica-not-served"].check(looked(*served(API, SIGNALING, "the virtual address of x")))
    assert found.severity == "note"
    assert (
        found.text
        == "Traefik uses its virtual address: the Swarm chooses the replica, and Traefik knows none of them"
    )


@pytest.mark.parametrize(
    ("status", "location", "text"),
    [
        (301, f"https://{PAGE}/", ""), (308, f"https://{PAGE}/", ""),
        (301, f"http://{PAGE}/", f"answers 301 to http://{PAGE}/"), (302, "", "answers 302"), (200, "", "answers 200"),
        (200, f"https://{PAGE}/", f"answers 200 to https://{PAGE}/"), (0, "", "is not answered (refused)"),
    ],
)  # fmt: skip
def test_the_page_is_redirected_to_tls(status: int, location: str, text: str) -> None:
    """Only the page: what asks the API by http:// is a program."""
    headers = {"location": location} if location else {}
    plain: dict[str, Any] = {"scheme": "http", "headers": headers, "error": "" if status else "refused"}
    found = told(
        "not-redirected", looked(reply(PAGE, status, **plain), reply(API, 200, scheme="http"), reply(PAGE))
    )
    assert found == ([f"{PAGE}: http:// {text}, and does not lead to https:// @ traefik"] if text else [])


def router(name: str, **over: Any) -> Element:  # noqa: ANN401
    given = {
        "rule": f"Host(`{API}`)",
        "service": name.partition("@")[0],
        "entrypoints": ("websecure",),
        "priority": 9,
    }
    return Element(name, over.pop("status", "enabled"), over.pop("errors", ()), **{**given, **over})


@pytest.mark.parametrize(
    ("over", "speaks"),
    [
        ({}, True), ({"rule": f"HOST(`{API}`)"}, True), ({"entrypoints": ("web", "websecure")}, True), ({"priority": 8}, False),
        ({"entrypoints": ("web",)}, False), ({"rule": f"Host(`{PAGE}`)"}, False), ({"status": "disabled"}, False),
        ({"service": "signaling"}, False), ({"service": "signaling@swarm"}, False), ({"service": "signaling@file"}, True),
    ],
)  # fmt: skip
def test_one_router_takes_a_request(over: dict[str, Any], speaks: bool) -> None:
    """Two with one rule, priority and entrypoint must lead to one service."""
    both = configured(router("signaling@swarm"), router("dashboard@swarm", **over))
    text = (
        "traefik: the routers signaling@swarm and dashboard@swarm both take "
        f"Host(`{API}`) @ traefik.deploy.labels"
    )
    assert told("route-claimed-twice", both) == ([text] if speaks else [])


def test_a_router_of_nobodys_labels_is_told_of_the_edge() -> None:
    """And of the other's owner where that one has labels; Traefik's own routers do not count."""
    foreign = [router("a@file"), router("b@file", service="b")]
    assert [each.partition(": ")[0] for each in told("route-claimed-twice", configured(*foreign))] == [
        "traefik"
    ]
    assert [each.rpartition(" ")[2] for each in told("route-claimed-twice", configured(*foreign))] == [
        "services"
    ]
    mixed = configured(router("signaling@swarm"), router("b@file"))
    assert [each.partition(": ")[0] for each in told("route-claimed-twice", mixed)] == ["signaling"]
    assert told("route-claimed-twice", configured(router("signaling@swarm"), router("b@internal"))) == []


def test_what_traefik_refuses_is_told_once_with_all_its_words() -> None:
    """From its API and its log; words that others hold are left out, and so are its warnings."""
    faulty = (
        router("signaling@swarm", errors=("no such service",), status="disabled"), router("b@file", status="disabled"),
    )  # fmt: skip
    log = [
        LogEntry("error", "oh: no such service", {"routerName": "signaling@swarm"}),
        LogEntry("error", "wrong", {"middlewareName": "signaling@swarm"}),
        LogEntry("error", "odd", {"serviceName": "frontend@swarm"}),
        LogEntry("warn", "never mind", {"routerName": "frontend@swarm"}),
        LogEntry("error", "acme", {"routerName": "acme-http@internal"}), LogEntry("error", "of nothing"),
    ]  # fmt: skip
    assert sorted(told("element-refused", configured(*faulty, log=tuple(log)))) == [
        "frontend: frontend@swarm: Traefik says: odd @ frontend.deploy.labels",
        "signaling: signaling@swarm: Traefik says: oh: no such service; wrong @ signaling.deploy.labels",
        "traefik: b@file: Traefik says: is disabled @ services",
    ]


def test_what_traefik_complains_of_is_told_where_it_stands() -> None:
    """Of a service with labels there; of one without nothing; of what only a rehearsal lacks nothing."""
    log = (
        LogEntry("error", 'service "translation-frontend" error: odd'),
        LogEntry("error", 'service "translation-redis" error: odd'),
        LogEntry("error", "service \"translation-nobody\" error: x"), LogEntry("error", "no file"), LogEntry("warn", "w"),
        LogEntry("error", "Unable to obtain ACME certificate"), LogEntry("error", "r", {"routerName": "x"}),
    )  # fmt: skip
    assert told("edge-complains", looked(log=log)) == [
        "traefik: Traefik says: no file @ traefik.command",
        'frontend: Traefik says: service "translation-frontend" error: odd @ frontend.deploy.labels',
        'traefik: Traefik says: service "translation-nobody" error: x @ traefik.command',
    ]
