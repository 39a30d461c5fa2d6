"""Traefik's word on its routers, services and middlewares: every part of it, and nothing of what it may not be."""

from collections.abc import Callable, Mapping

import pytest

from fixtures.observe.http.traefik_api import EdgeApiError, EdgeConfiguration, Element, read

ROUTER = {
    "entryPoints": ["websecure"], "middlewares": ["headers@file", "limit@swarm"], "service": "page", "rule": "Host(`a.example`)",
    "priority": 17, "tls": {}, "status": "enabled", "using": ["websecure"], "name": "page@swarm", "provider": "swarm",
}  # fmt: skip
BROKEN = {
    **ROUTER,
    "name": "api@swarm",
    "status": "disabled",
    "error": ['the service "api@swarm" does not exist', "and more"],
}
SERVICE = {
    "loadBalancer": {"servers": [{"url": "http://10.0.0.2:80"}]}, "status": "enabled", "name": "page@swarm",
    "type": "loadbalancer", "serverStatus": {"http://10.0.0.2:80": "UP", "http://10.0.0.3:80": "DOWN"},
}  # fmt: skip
MIDDLEWARE = {"name": "headers@file", "status": "enabled", "type": "headers"}


def answering(**sections: object) -> Callable[[str], object]:
    """An API whose sections answer so; others are empty lists."""

    def fetched(path: str) -> object:
        section = path.partition("?")[0].removeprefix("/api/http/")
        return sections.get(section, [])

    return fetched


def test_every_section_is_asked_for_all_of_it() -> None:
    """The API gives a hundred elements a page, unless it is asked for more."""
    asked: list[str] = []

    def fetched(path: str) -> object:
        asked.append(path)
        return []

    assert read(fetched) == EdgeConfiguration()
    assert asked == [f"/api/http/{each}?per_page=10000" for each in ("routers", "services", "middlewares")]


def test_a_configuration_is_read_whole() -> None:
    """Who defined it, what it leads to, and which servers answer."""
    found = read(answering(routers=[ROUTER], services=[SERVICE], middlewares=[MIDDLEWARE]))
    assert found.routers == (
        Element(
            "page@swarm",
            "enabled",
            (),
            "Host(`a.example`)",
            "page",
            17,
            ("websecure",),
            ("headers@file", "limit@swarm"),
            over_tls=True,
        ),
    )
    assert found.services[0].servers == (("http://10.0.0.2:80", "UP"), ("http://10.0.0.3:80", "DOWN"))
    assert (found.middlewares[0].name, found.middlewares[0].provider) == ("headers@file", "file")
    assert found.faulty == ()


def test_what_traefik_calls_wrong_is_faulty() -> None:
    """With its own words; also what it merely disables, and what it enables with an error."""
    silent = {**MIDDLEWARE, "status": "disabled"}
    warned = {**SERVICE, "status": "warning", "error": ["no server"]}
    found = read(answering(routers=[ROUTER, BROKEN], services=[warned], middlewares=[silent]))
    assert [(each.name, each.errors) for each in found.faulty] == [
        ("api@swarm", ('the service "api@swarm" does not exist', "and more")),
        ("page@swarm", ("no server",)),
        ("headers@file", ()),
    ]


@pytest.mark.parametrize(
    ("given", "said"),
    [
        ({"message": "404 page not found"}, "wanted a list, got dict"),
        (None, "wanted a list, got NoneType"),
        ("<html>", "wanted a list, got str"),
        (3, "wanted a list, got int"),
        (["page@swarm"], "wanted objects in the list, got str"),
        ([ROUTER, None], "wanted objects in the list, got NoneType"),
    ],
)
@pytest.mark.parametrize("section", ["routers", "services", "middlewares"])
def test_another_api_is_refused_in_one_line(section: str, given: object, said: str) -> None:
    """It names the request and what came instead."""
    with pytest.raises(EdgeApiError) as error:
        read(answering(**{section: given}))
    assert str(error.value) == f"GET /api/http/{section}?per_page=10000: {said}"


@pytest.mark.parametrize(
    "changed",
    [
        {"name": 3}, {"status": None}, {"rule": ["x"]}, {"priority": "high"}, {"entryPoints": "websecure"}, {"middlewares": {}},
        {"error": {"a": 1}}, {"error": [1, None]}, {"serverStatus": ["UP"]}, {"service": {}},
    ],
)  # fmt: skip
def test_a_strange_field_is_as_good_as_none(changed: Mapping[str, object]) -> None:
    """A later Traefik may tell something in another form: what is still understood is still told."""
    (element,) = read(answering(routers=[{**ROUTER, **changed}])).routers
    assert all(
        isinstance(text, str) for text in (element.name, element.status, element.rule, element.service)
    )
    assert isinstance(element.priority, int)
    assert all(isinstance(text, str) for text in (*element.errors, *element.entrypoints, *element.uses))
    assert element.servers == ()


def test_an_error_that_is_one_text_is_one_error() -> None:
    """Older releases tell it so, under another name as well."""
    for key in ("error", "err"):
        (element,) = read(answering(routers=[{**ROUTER, key: "is wrong"}])).routers
        assert element.errors == ("is wrong",)


def test_what_the_transport_raises_is_not_hidden() -> None:
    """Whoever asks knows what it means that nobody answers."""

    def refused(_: str) -> object:
        raise ConnectionRefusedError("nobody listens")

    with pytest.raises(ConnectionRefusedError, match="nobody listens"):
        read(refused)
