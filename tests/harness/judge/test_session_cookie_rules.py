"""Rules on polling sessions, from rehearsals made up here; and what a rehearsal asks."""

from dataclasses import replace

import pytest

from fixtures.judge.rehearsed import POLLING, WEBSOCKET, main_replies, questions
from fixtures.rehearse.made_up_swarm import MOST_REPLICAS
from fixtures.rehearse.values import Question, Reply
from tests.harness.samples.changed_stack import told, with_services
from tests.harness.samples.file_looks import rehearsal
from tests.harness.samples.rehearsals import API, BOARD, FRONTEND, PAGE, SIGNALING, WWW, looked, reply
from tests.stack_cases.judging import PLAN


def polled(
    *cookies: str, task: str = "s.1", sent: str = "", service: str = SIGNALING, path: str = POLLING
) -> Reply:
    return reply(API, 200, service, path, task=task, set_cookies=cookies, cookies=sent)


def test_a_session_comes_back_to_its_replica() -> None:
    """By a cookie that Traefik gives; one replica needs none."""
    first, again = polled("r=a; Path=/", "x=y"), polled(task="s.1", sent="r=a; x=y")
    assert told("session-wanders", looked(first, again)) == []
    key = "@ signaling.deploy.labels"
    bare = "signaling: several replicas and no sticky cookie: polling sessions move between them and break"
    assert told("session-wanders", looked(polled(), polled())) == [f"{bare} {key}"]
    astray = polled(task="s.2", sent="r=a")
    assert told("session-wanders", looked(first, astray, again)) == [
        f"signaling: the cookie of s.1 leads to s.1, s.2 as well {key}"
    ]
    for alone in (
        with_services(signaling={"replicas": 1}),
        with_services(signaling={"name": "translation_other"}),
    ):
        assert told("session-wanders", looked(polled(), look=alone)) == []
    assert (
        len(told("session-wanders", looked(polled(), look=with_services(signaling={"replicas": None})))) == 1
    )
    assert told("session-wanders", looked(polled(path="/"), polled(service=FRONTEND))) == []


@pytest.mark.parametrize(
    ("cookie", "text"),
    [
        ("r=a", ""), ("r=a; Path=/", ""), ("r=a; Path=/socket.io/", ""), ("r=a; SameSite=Lax", ""), ("r=a; Max-Age=60", ""),
        ("r=a; Max-Age=0", ""), ("r=a; SameSite=None; Secure", ""), ("r=a; Domain=jbcalling.site", ""),
        ("r=a; Domain=.JBcalling.site", ""), (f"r=a; Domain={API}", ""),
        ("r=a; SameSite=None", "has SameSite=None without Secure: browsers drop it"),
        ("r=a; SameSite=none", "has SameSite=None without Secure: browsers drop it"),
        ("r=a; Domain=.Other.site", f"is for other.site, which {API} is not part of: browsers drop it"),
        ("r=a; Domain=calling.site", f"is for calling.site, which {API} is not part of: browsers drop it"),
        ("r=a; Path=/ws", "is for the path /ws: it is not sent to /socket.io/"),
        ("r=a; Max-Age=-1", "ends at once: Max-Age=-1"),
    ],
)  # fmt: skip
def test_a_browser_keeps_the_cookie_and_sends_it(cookie: str, text: str) -> None:
    """As RFC 6265bis has it; several faults are told one by one, and one replica needs no cookie."""
    found = told("cookie-not-kept", looked(polled(cookie), polled(cookie)))
    assert found == ([f"signaling: the sticky cookie r {text} @ signaling.deploy.labels"] if text else [])
    alone = with_services(signaling={"replicas": 1})
    assert told("cookie-not-kept", looked(polled(cookie), look=alone)) == []
    assert told("cookie-strict", looked(polled(cookie))) == []


def test_a_strict_cookie_is_noted() -> None:
    """In any case of its letters, where there are several replicas."""
    strict = looked(polled("r=a; samesite=STRICT"))
    assert told("cookie-strict", strict) == [
        "signaling: the sticky cookie has SameSite=Strict @ signaling.deploy.labels"
    ]
    alone = with_services(signaling={"replicas": 1})
    assert told("cookie-strict", looked(polled("r=a; SameSite=Strict"), look=alone)) == []


@pytest.mark.parametrize(
    ("status", "service", "upgrade", "speaks"),
    [(101, SIGNALING, True, False), (400, SIGNALING, True, True), (404, None, True, False), (400, SIGNALING, False, False)],
)  # fmt: skip
def test_a_websocket_is_accepted(status: int, service: str | None, upgrade: bool, speaks: bool) -> None:
    """Where nobody answers at all another rule tells of it."""
    found = told("upgrade-refused", looked(reply(API, status, service, WEBSOCKET, upgrade=upgrade)))
    text = f"{API}: a websocket is answered {status}, wanted 101 @ signaling.deploy.labels"
    assert found == ([text] if speaks else [])


def test_what_is_asked_of_each_host() -> None:
    """Its own path twice for each replica, other paths of note, plain http; the API also by polling and websocket."""
    by_host: dict[str, list[Question]] = {}
    for each in questions(PLAN):
        by_host.setdefault(each.host, []).append(each)
    assert list(by_host) == [PAGE, WWW, API, BOARD]
    for host in (PAGE, WWW):
        assert by_host[host] == [
            *[Question(host, "/")] * 6, Question(host, "/health"), Question(host, "/", scheme="http"),
        ]  # fmt: skip
    assert by_host[API] == [
        *[Question(API, "/health")] * 6, Question(API, "/"), Question(API, "/health", scheme="http"),
        Question(API, "/socket.io/?EIO=4&transport=polling"),
        Question(API, "/socket.io/?EIO=4&transport=websocket", upgrade=True),
    ]  # fmt: skip
    assert by_host[BOARD] == [
        *[Question(BOARD, "/dashboard/")] * 4, Question(BOARD, "/dashboard/", scheme="http"),
    ]  # fmt: skip


def test_a_service_of_very_many_replicas_is_not_asked_for_ever() -> None:
    """As often as twice the replicas that a rehearsal makes."""
    many = tuple(
        replace(each, replicas=1000) if each.full_name == SIGNALING else each for each in PLAN.services
    )
    asked = [each for each in questions(replace(PLAN, services=many)) if each == Question(API, "/health")]
    assert len(asked) == 2 * MOST_REPLICAS


def test_the_main_replies_are_those_on_the_own_path_over_tls_without_a_cookie() -> None:
    """Of one host."""
    own = reply(API, 200, SIGNALING)
    others = [reply(API, path="/"), reply(API, cookies="a=b"), reply(API, scheme="http"), reply(PAGE)]
    (host,) = (each for each in PLAN.web_hosts if each.name == API)
    assert main_replies(rehearsal(replies=(*others, own)), host) == (own,)


BUFFERING = "traefik.http.middlewares.buf.buffering."


@pytest.mark.parametrize(
    ("used", "option", "value", "speaks"),
    [
        ("buf", "maxrequestbodybytes", "999999", True), ("buf", "maxResponseBodyBytes", "1", True),
        ("buf", "maxrequestbodybytes", "1000000", False), ("buf", "maxrequestbodybytes", "0", False),
        ("buf", "maxrequestbodybytes", "small", False), ("buf", "memrequestbodybytes", "1", False),
        ("a, BUF@swarm", "maxrequestbodybytes", "1", True), ("other", "maxrequestbodybytes", "1", False),
        ("", "maxrequestbodybytes", "1", False),
    ],
)  # fmt: skip
def test_bodies_as_large_as_socketio_sends_reach_signaling(
    used: str, option: str, value: str, speaks: bool
) -> None:
    """Through each middleware of each of its routers, whoever defines it; Socket.IO sends up to 1 MB."""
    routers = {
        "traefik.http.routers.first.middlewares": "a@swarm", "traefik.http.routers.second.middlewares": used,
        "traefik.http.routers.second.rule": "buf", "traefik.http.services.x.middlewares": "buf",
    }  # fmt: skip
    key = BUFFERING + option
    look = with_services(signaling={"labels": routers}, redis={"labels": {key: value}})
    text = f"redis: {key}={value} refuses bodies above that before they reach signaling @ redis.deploy.labels.{key}"
    assert told("body-refused", look) == ([text] if speaks else [])
    elsewhere = with_services(
        frontend={"labels": routers}, redis={"labels": {key: value}}, signaling={"labels": {}}
    )
    assert told("body-refused", elsewhere) == []


def test_another_middleware_or_half_a_label_refuses_no_body() -> None:
    """Only buffering has such an option."""
    used = {"traefik.http.routers.first.middlewares": "buf,last"}
    for key in (
        "traefik.http.middlewares.buf.retry.maxrequestbodybytes", "traefik.http.middlewares.buf.buffering",
        "traefik.tcp.middlewares.buf.buffering.maxrequestbodybytes",
    ):  # fmt: skip
        assert told("body-refused", with_services(signaling={"labels": {**used, key: "1"}})) == []
    key = "traefik.http.middlewares.last.buffering.maxrequestbodybytes"
    assert len(told("body-refused", with_services(signaling={"labels": {**used, key: "1"}}))) == 1
    gone = with_services(signaling={"name": "translation_other", "labels": {**used, key: "1"}})
    assert told("body-refused", gone) == []
