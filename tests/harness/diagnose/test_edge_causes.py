"""Causes at the edge itself, in Traefik's own words: from its API, else from its log."""

from dataclasses import replace

import pytest

from fixtures.diagnose.engine import diagnose
from fixtures.diagnose.values import Confidence
from fixtures.judge.drift import Drift
from fixtures.observe.http.traefik_api import EdgeConfiguration
from tests.harness.samples import edge_faults, faults
from tests.harness.samples.observed import attempt, blind


@pytest.mark.parametrize(
    ("make", "source"),
    [
        (edge_faults.middleware_undefined, "Traefik's API, of the router frontend@swarm: "),
        (edge_faults.middleware_undefined_by_the_log, "Traefik's log: "),
    ],
)
def test_a_refused_router_is_quoted(make: faults.Make, source: str) -> None:
    """The router is named with Traefik's own error, not called missing, and the label is what is to be mended."""
    (cause,) = diagnose(make(), frozenset({"no-504", "routing"})).causes
    assert (cause.id, cause.confidence) == ("router-refused", Confidence.PROVED)
    assert cause.title.startswith(
        "Traefik refuses the router frontend@swarm of jbcalling.site, www.jbcalling.site"
    )
    assert cause.speaks_for[0].startswith(f"{source}{edge_faults.NO_MIDDLEWARE}")
    assert cause.names("missing") == ("absent@swarm",)
    assert cause.names("service") == ("translation_frontend",)
    assert cause.remedy.startswith(
        "define absent@swarm, or name another in the label traefik.http.routers.frontend.middlewares=absent of "
        "translation_frontend"
    )


def test_a_label_by_hand_is_how_a_router_was_refused() -> None:
    """The drift of the label is evidence for the cause, and no cause of its own."""
    field = "label traefik.http.routers.frontend.middlewares"
    seen = replace(
        edge_faults.middleware_undefined(),
        drifts=(Drift("translation_frontend", field, "nothing", "absent"),),
    )
    assert diagnose(seen, frozenset({"drift"})).ids == ("router-refused",)


@pytest.mark.parametrize(
    ("error", "missing"),
    [
        ('the service "gone@swarm" does not exist', ("gone@swarm",)),
        ("error while parsing rule Hos(`jbcalling.site`): unsupported function: Hos", ()),
        ('entryPoint "webby" doesn\'t exist', ()),
        ("open /run/secrets/users: no such file or directory", ()),
    ],
)
def test_whatever_traefik_says_is_quoted(error: str, missing: tuple[str, ...]) -> None:
    """A service, a rule, an entry point, a file: the words are Traefik's, and no case of ours."""
    seen = edge_faults.middleware_undefined()
    refused = replace(edge_faults.ROUTERS[0], status="disabled", errors=(error,))
    seen = replace(seen, edge_config=EdgeConfiguration((refused, edge_faults.ROUTERS[1])))
    (cause,) = diagnose(seen, frozenset({"no-504"})).causes
    assert cause.id == "router-refused"
    assert error in cause.title
    assert cause.names("missing") == missing


def test_a_rule_that_cannot_be_read_still_names_its_host() -> None:
    """Traefik refuses `Hos(...)`, and it is the page's router all the same."""
    seen = edge_faults.middleware_undefined()
    odd = replace(
        edge_faults.ROUTERS[0],
        rule="Hos(`jbcalling.site`, `www.jbcalling.site`)",
        status="disabled",
        errors=("odd",),
    )
    assert diagnose(replace(seen, edge_config=EdgeConfiguration((odd,)))).ids == ("router-refused",)


def test_a_router_that_the_api_does_not_know_is_told_by_the_log() -> None:
    """One that two services define differently is not taken at all: the API is silent, and the log says why."""
    said = (
        "2026-11-23T16:59:00Z ERR Router defined multiple times with different configurations in "
        "[translation_frontend-a translation_tts-b] providerName=swarm routerName=frontend"
    )
    seen = replace(
        edge_faults.middleware_undefined(),
        edge_config=EdgeConfiguration((edge_faults.ROUTERS[1],)),
        edge_log=(said,),
    )
    (cause,) = diagnose(seen, frozenset({"no-504"})).causes
    assert cause.id == "router-refused"
    assert "Router defined multiple times" in cause.title


@pytest.mark.parametrize(
    "make", [edge_faults.sound_edge, edge_faults.refused_and_served, edge_faults.own_path_of_another]
)
def test_nothing_that_works_is_called_wrong(make: faults.Make) -> None:
    """A refused router whose host is served, and a path of the page's host that signaling serves, are no cause."""
    assert diagnose(make()).ids == ()


def test_an_old_word_is_not_held_against_a_label_that_is_gone() -> None:
    """The log says what was once wrong; the API, or a label that is there no more, says that it is not now."""
    seen = replace(faults.nobody(404)(), edge_log=(edge_faults.WORDS,))
    assert diagnose(seen).ids == ("no-router",)
    served = replace(
        edge_faults.sound_edge(), attempts=(attempt(404),), edge_log=(edge_faults.WORDS,), lines=None
    )
    assert "router-refused" not in diagnose(served).ids


def test_no_router_says_which_there_are() -> None:
    """Where Traefik's API was read, what it has for the host is said."""
    seen = edge_faults.middleware_undefined()
    seen = replace(seen, edge_config=EdgeConfiguration((edge_faults.ROUTERS[1],)))
    (cause,) = diagnose(seen, frozenset({"no-504"})).causes
    assert cause.id == "no-router"
    assert "Traefik's API has for https://jbcalling.site/ the routers: none" in cause.speaks_for


def test_a_missing_resolver_is_named_in_place_of_its_certificate() -> None:
    """What Traefik presents instead is signed by nobody, and no renewal mends that."""
    (cause,) = diagnose(edge_faults.resolver_undefined()).causes
    assert (cause.id, cause.confidence) == ("resolver-missing", Confidence.PROVED)
    assert cause.names("resolver") == ("letsencrypt",)
    assert "nonexistent certificate resolver" in cause.speaks_for[0]
    served = replace(edge_faults.resolver_undefined(), certificates=edge_faults.sound_edge().certificates)
    assert diagnose(served).ids == ()


@pytest.mark.parametrize("make", [edge_faults.route_taken, edge_faults.route_taken_by_the_labels])
def test_who_takes_a_route_is_named(make: faults.Make) -> None:
    """The router, its service, the host, and whom the plan meant; with the API and by labels alone."""
    (cause,) = diagnose(make(), frozenset({"no-504", "routing"})).causes
    assert (cause.id, cause.names("service"), cause.names("meant")) == (
        "route-taken", ("translation_signaling",), ("translation_frontend",),
    )  # fmt: skip
    assert (cause.names("router"), cause.names("host")) == (("taker@swarm",), ("jbcalling.site",))
    assert cause.remedy.startswith(
        "docker service update --label-rm traefik.http.routers.taker.rule translation_signaling"
    )


def test_a_route_is_proved_taken_where_its_router_comes_first() -> None:
    """By Traefik's own priority; where another that takes the host comes before it, it is likely at most."""
    seen = edge_faults.route_taken()
    assert seen.edge_config is not None
    assert diagnose(seen).causes[0].confidence is Confidence.PROVED
    low = [
        replace(each, priority=1) if each.name == "taker@swarm" else each for each in seen.edge_config.routers
    ]
    found = diagnose(replace(seen, edge_config=EdgeConfiguration(tuple(low))), frozenset({"no-504"}))
    assert found.causes[0].confidence is Confidence.LIKELY


def test_a_404_of_whom_another_router_leads_to_is_not_the_refused_one_s() -> None:
    """The program behind the router that works may answer 404 itself."""
    seen = edge_faults.middleware_undefined()
    assert seen.edge_config is not None
    spare = replace(edge_faults.ROUTERS[0], name="spare@swarm")
    served = EdgeConfiguration((*seen.edge_config.routers, spare))
    assert "router-refused" not in diagnose(replace(seen, edge_config=served)).ids


def test_without_a_swarm_the_api_alone_says_which_router_comes_first() -> None:
    """A target whose dashboard may be read, and nothing else: likely, and the log is what would decide."""
    seen = blind(edge_faults.route_taken(), "lines", "state", "edge_log")
    (cause,) = diagnose(seen, frozenset({"no-504"})).causes
    assert (cause.id, cause.confidence) == ("route-taken", Confidence.LIKELY)
    assert (cause.names("router"), cause.names("meant")) == (("taker@swarm",), ("translation_frontend",))
    assert cause.undecided.startswith("the edge's log says which router a request went by")
    assert diagnose(replace(seen, attempts=edge_faults.sound_edge().attempts)).ids == ()


def test_a_route_is_not_proved_taken_without_the_log() -> None:
    """That a rule would match is no proof that a request went that way."""
    seen = blind(edge_faults.route_taken(), "lines")
    assert {cause.confidence for cause in diagnose(seen).named("route-taken")} == {Confidence.LIKELY}
