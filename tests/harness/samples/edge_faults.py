"""Observations of what goes wrong at the edge itself: Traefik refuses a router, another service takes a route."""

from dataclasses import replace

from fixtures.diagnose.observations import Observations, SocketSeen, SpokenSeen
from fixtures.judge.page_config import Kind, PageFault
from fixtures.observe.http.names import NameSeen, Source
from fixtures.observe.http.traefik_api import EdgeConfiguration, Element
from fixtures.observe.media.steps import StepName
from tests.harness.samples import observed as samples
from tests.harness.samples.observed import LABELS, attempt, call, certificate, changed, line, lines

PAGE, API = "Host(`jbcalling.site`) || Host(`www.jbcalling.site`)", "Host(`api.jbcalling.site`)"
NO_MIDDLEWARE = 'middleware "absent@swarm" does not exist'
WORDS = (
    "\x1b[90m2026-11-23T16:59:00Z\x1b[0m \x1b[31mERR\x1b[0m \x1b[36merror=\x1b[0m\x1b[31m\x1b[1m"
    '"middleware \\"absent@swarm\\" does not exist"\x1b[0m\x1b[0m \x1b[36mentryPointName=\x1b[0mwebsecure '
    "\x1b[36mrouterName=\x1b[0mfrontend@swarm"
)
"""As Traefik 3.7 wrote it."""
NO_RESOLVER = (
    "2026-11-23T16:59:00Z ERR Router uses a nonexistent certificate resolver certificateResolver=letsencrypt "
    "routerName=frontend@swarm"
)


def _router(name: str, rule: str, priority: int, **over: object) -> Element:
    router = Element(f"{name}@swarm", "enabled", (), rule, name, priority, ("websecure",))
    return replace(router, **over)  # type: ignore[arg-type]


ROUTERS = (_router("frontend", PAGE, 52), _router("signaling", API, 28))


def _routed(seen: Observations) -> Observations:
    """With the labels of the routers, as the reference stack has them."""
    for name, rule in (("frontend", PAGE), ("signaling", API)):
        labels = {**LABELS[name], f"traefik.http.routers.{name}.rule": rule}
        seen = changed(seen, name, labels=labels)
    return seen


def sound_edge() -> Observations:
    return replace(_routed(samples.sound()), edge_config=EdgeConfiguration(ROUTERS))


def with_label(seen: Observations, short: str, key: str, value: str) -> Observations:
    service = seen.state.service(f"translation_{short}") if seen.state else None
    assert service is not None
    return changed(seen, short, labels={**service.labels, key: value})


def _page_not_found(seen: Observations) -> Observations:
    bad = replace(line("10.0.2.13", 80, 404), server_url=None, server_address=None, router=None)
    kept = tuple(each for each in seen.lines or () if not (each.router or "").startswith("frontend"))
    page = [each for each in seen.attempts or () if "api" in each.host or "traefik" in each.host]
    www = attempt(404, host="www.jbcalling.site")
    return replace(seen, lines=(*kept, bad), attempts=(*page, attempt(404), attempt(404), www))


def middleware_undefined() -> Observations:
    """As recorded: the API says it of the router, which it disables."""
    seen = with_label(sound_edge(), "frontend", "traefik.http.routers.frontend.middlewares", "absent")
    refused = replace(ROUTERS[0], status="disabled", errors=(NO_MIDDLEWARE,))
    return replace(_page_not_found(seen), edge_config=EdgeConfiguration((refused, ROUTERS[1])))


def middleware_undefined_by_the_log() -> Observations:
    seen = replace(middleware_undefined(), edge_config=None, edge_log=(WORDS,))
    return replace(seen, missing={**seen.missing, "edge_config": "EdgeApiError: answered 401"})


def refused_and_served() -> Observations:
    """A router is refused, and another serves its host: nothing fails."""
    spare = _router(
        "spare", "Host(`jbcalling.site`) && PathPrefix(`/x`)", 60, status="disabled", errors=("no",)
    )
    return replace(sound_edge(), edge_config=EdgeConfiguration((*ROUTERS, spare)), edge_log=(WORDS,))


def resolver_undefined() -> Observations:
    refused = certificate(
        distrust="self-signed certificate", issuer="CN=TRAEFIK DEFAULT CERT", names=("x.traefik.default",)
    )
    return replace(sound_edge(), certificates=(refused,), edge_log=(NO_RESOLVER,))


def _by_the_taker(seen: Observations) -> Observations:
    taken = tuple(line(f"10.0.2.{n}", 8001, 404, router="taker@swarm") for n in (22, 23, 24))
    kept = tuple(each for each in seen.lines or () if not (each.router or "").startswith("frontend"))
    other = [each for each in seen.attempts or () if each.host != "jbcalling.site"]
    return replace(seen, lines=(*kept, *taken), attempts=(*other, attempt(404), attempt(404)))


def route_taken() -> Observations:
    rule = "Host(`jbcalling.site`) && PathPrefix(`/`)"
    seen = with_label(sound_edge(), "signaling", "traefik.http.routers.taker.rule", rule)
    taker = _router("taker", rule, 99, service="signaling")
    return replace(_by_the_taker(seen), edge_config=EdgeConfiguration((*ROUTERS, taker)))


def route_taken_by_the_labels() -> Observations:
    return replace(route_taken(), edge_config=None)


def own_path_of_another() -> Observations:
    """Signaling serves a path of the page's host, as a design may want it."""
    rule = "Host(`jbcalling.site`) && PathPrefix(`/socket.io`)"
    seen = with_label(sound_edge(), "signaling", "traefik.http.routers.taker.rule", rule)
    there = replace(line("10.0.2.22", 8001, 200, router="taker@swarm"), path="/socket.io/?EIO=4")
    taker = _router("taker", rule, 60, service="signaling")
    return replace(seen, lines=(*(seen.lines or ()), there), edge_config=EdgeConfiguration((*ROUTERS, taker)))


def head_refused() -> Observations:
    """As FastAPI answers for a path that only has a GET; the plan names HEAD of that host."""
    head = replace(attempt(405, host="api.jbcalling.site"), method="HEAD")
    get = replace(
        attempt(200, host="api.jbcalling.site"),
        url="https://api.jbcalling.site/health",
        body_head=b'"healthy"',
    )
    other = [each for each in samples.sound().attempts or () if each.host != "api.jbcalling.site"]
    seen = replace(sound_edge(), attempts=(*other, get, head, get, head))
    hosts = tuple(replace(host, says_methods=host.kind == "api") for host in seen.plan.hosts)
    return replace(seen, plan=replace(seen.plan, hosts=hosts))


def other_version() -> Observations:
    """As engine.io of Node.js says it."""
    detail = (
        "another version of the protocol: Socket.IO to https://api.jbcalling.site:443 by polling: GET /socket.io/ -> 400 "
        "after 0.01 s ({'code': 5, 'message': 'Unsupported protocol version'}); by hand: curl -i"
    )
    return replace(sound_edge(), sockets=(SocketSeen("connect", False, detail, 400),))


def page_misled() -> Observations:
    where, url = "https://jbcalling.site/env-config.js", "http://api.jbcalling.site"
    text = f"{url}: a page over https:// may not ask without TLS"
    seen = changed(sound_edge(), "frontend", env={"API_URL": url})
    return replace(seen, pages=(PageFault(where, Kind.ADDRESS, "API_URL", text, url),))


def page_with_secret() -> Observations:
    where = "https://jbcalling.site/env-config.js"
    fault = PageFault(
        where, Kind.SECRET, "TURN_SECRET", "holds a secret of the target's, for everybody to read"
    )
    return replace(sound_edge(), pages=(fault,))


def _named(host: str, address: str, answered: bool | None = True, source: Source = Source.DNS) -> NameSeen:
    return NameSeen(
        host, address, source, answered, "200" if answered else "connect", unreached=answered is False
    )


def name_astray() -> Observations:
    """The record of www is stale: it is answered where its siblings lead."""
    page, www = "jbcalling.site", "www.jbcalling.site"
    again = _named(www, "192.0.2.1", source=Source.SIBLING)
    seen = (_named(page, "192.0.2.1"), _named(www, "192.0.2.9", False), again)
    return replace(sound_edge(), names=seen)


def family_dead() -> Observations:
    page = "jbcalling.site"
    return replace(sound_edge(), names=(_named(page, "192.0.2.1"), _named(page, "2001:db8::1", False)))


def family_not_asked() -> Observations:
    """This machine has no IPv6, which says nothing of the record."""
    page = "jbcalling.site"
    return replace(sound_edge(), names=(_named(page, "192.0.2.1"), _named(page, "2001:db8::1", None)))


def wrong_scheme() -> Observations:
    of_page = samples.sound()
    page = {t.name for t in of_page.state.tasks_of("translation_frontend")} if of_page.state else set()
    seen = lines(of_page, lambda t: (500, 3.0) if t.name in page else (200, 4.0))
    told = tuple(
        replace(each, server_url=(each.server_url or "").replace("http:", "https:"))
        if each.status == 500
        else each
        for each in seen.lines or ()
    )
    return replace(seen, lines=told, attempts=(attempt(500),))


def origin_unknown() -> Observations:
    """Signaling was told of another origin than the page's."""
    seen = changed(samples.sound(), "signaling", env={"ALLOWED_ORIGINS": "https://other.example"})
    failed = call(
        failed_step=StepName.CONNECTED_TO_SIGNALING,
        error="refused, perhaps for the origin https://jbcalling.site: Socket.IO to https://api.jbcalling.site",
    )
    return replace(seen, calls=(failed,))


def edge_alone() -> Observations:
    """Nobody answers Traefik, on its own node either; its node is answered by all."""
    seen = lines(samples.sound(), lambda t: (504, 30_000.0))
    return replace(seen, attempts=(attempt(504, s=30.0),))


def other_words() -> Observations:
    """The plan says `design`, and a room was joined by the words of `gateway`."""
    tried = (
        SpokenSeen("design", True, False, "room-joined did not come within 3 s"),
        SpokenSeen("gateway", False, True),
    )
    return replace(samples.sound(), spoken=tried, calls=(call(failed_step=StepName.ROOM_JOINED),))
