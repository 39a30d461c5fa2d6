"""The catalogue of causes: what a decorated function must declare, and the order that follows from it."""

from collections.abc import Iterable, Iterator

import pytest

from fixtures.diagnose.catalogue import Catalogue, CauseError, Draw, KnownCause, Layer, markdown_table
from fixtures.diagnose.observations import Observations
from fixtures.diagnose.rules import CAUSES
from fixtures.diagnose.values import Cause, Confidence
from tests.harness.samples.observed import PLAN


def rule(slug: str) -> Draw:
    def found(seen: Observations) -> Iterator[Cause]:
        """Something is wrong, and this
        says what.

        More of it."""
        yield Cause(slug, "it is so", Confidence.PROVED, (), ("seen",))

    return found


def declare(
    catalogue: Catalogue, slug: str, layer: Layer = Layer.ROUTING, brings_about: Iterable[str] = ()
) -> None:
    catalogue.cause(slug, layer=layer, explains={"call"}, brings_about=brings_about)(rule(slug))


def test_a_cause_is_one_decorated_function() -> None:
    """The decorator leaves the function as it is, and the catalogue holds all that was declared."""
    catalogue, found = Catalogue(), rule("odd")
    decorate = catalogue.cause(
        "odd", layer=Layer.MEDIA, explains=["call"], came_by=("secrets",), brings_about={"later"}, carrier="redis",
        of_routes=True, of_one_service=True,
    )  # fmt: skip
    assert decorate(found) is found
    declare(catalogue, "later")
    known = catalogue.in_order()["odd"]
    assert (known.id, known.layer, known.rule) == ("odd", Layer.MEDIA, found)
    assert known.what == "Something is wrong, and this says what."
    assert (known.explains, known.came_by, known.carrier) == (frozenset({"call"}), ("secrets",), "redis")
    assert (known.brings_about, known.of_routes, known.of_one_service) == (frozenset({"later"}), True, True)
    bare = catalogue.in_order()["later"]
    assert (bare.came_by, bare.carrier, bare.of_routes, bare.of_one_service) == ((), "", False, False)
    assert [cause.id for cause in known.draw(Observations(PLAN))] == ["odd"]


def test_a_cause_that_explains_nothing_is_refused() -> None:
    """Without a criterion, or with one that there is not, a cause is refused when it is declared."""
    catalogue = Catalogue()
    with pytest.raises(
        CauseError, match=r"^the cause odd explains no criterion: name those that it can turn red$"
    ):
        catalogue.cause("odd", layer=Layer.MEDIA, explains=())(rule("odd"))
    with pytest.raises(CauseError, match=r"^the cause odd explains calls, lunch, which is no criterion$"):
        catalogue.cause("odd", layer=Layer.MEDIA, explains={"lunch", "call", "calls"})(rule("odd"))
    assert catalogue.in_order() == {}


def test_a_cause_is_declared_once_and_says_what_it_is() -> None:
    """A second cause of one id is refused, and so is a function without a docstring."""
    catalogue = Catalogue()
    declare(catalogue, "odd")
    with pytest.raises(CauseError, match=r"^the cause odd is declared twice$"):
        declare(catalogue, "odd")
    silent = rule("silent")
    silent.__doc__ = None
    with pytest.raises(
        CauseError, match=r"^the function of the cause silent has no docstring to say what it is$"
    ):
        catalogue.cause("silent", layer=Layer.MEDIA, explains={"call"})(silent)


def test_what_is_brought_about_must_be_a_cause() -> None:
    """Once all are declared, a cause that brings about one that there is not is refused, and so is a circle."""
    catalogue = Catalogue()
    declare(catalogue, "odd", brings_about={"odder", "oddest"})
    declare(catalogue, "oddest")
    with pytest.raises(CauseError, match=r"^the cause odd brings about odder, which is no cause$"):
        catalogue.in_order()
    declare(catalogue, "odder", brings_about={"odd"})
    with pytest.raises(CauseError, match=r"^the cause odd brings itself about, by way of other causes$"):
        catalogue.in_order()


def test_the_nearest_to_the_root_stands_first() -> None:
    """The order is by layer, then what brings about before what follows, then by id; not by who was declared first."""
    catalogue = Catalogue()
    declare(catalogue, "a", Layer.DEPLOYED)
    declare(catalogue, "c", Layer.MEDIA)
    declare(catalogue, "b", Layer.MEDIA, ("a",))
    declare(catalogue, "last", Layer.MEDIA)
    declare(catalogue, "middle", Layer.MEDIA, ("last",))
    declare(catalogue, "root", Layer.MEDIA, ("middle", "a"))
    declare(catalogue, "z", Layer.NODE, ("c", "b", "last", "middle", "root"))
    assert list(catalogue.in_order()) == ["z", "b", "c", "root", "middle", "last", "a"]


def test_a_function_names_its_own_cause() -> None:
    """A function that yields another cause than it was declared for is found out when it does."""
    catalogue = Catalogue()
    catalogue.cause("odd", layer=Layer.MEDIA, explains={"call"})(rule("even"))
    with pytest.raises(CauseError, match=r"^the function of the cause odd yields the cause even$"):
        list(catalogue.in_order()["odd"].draw(Observations(PLAN)))


def test_the_table_for_the_documentation() -> None:
    """Every cause is a line: what it is, what it turns red, by what it comes, and what it brings about."""
    lines = markdown_table(CAUSES).splitlines()
    assert lines[:2] == [
        "| cause | what it is | turns red | comes by | brings about |",
        "| --- | --- | --- | --- | --- |",
    ]
    assert len(lines) == 2 + len(CAUSES)
    cells = {line.split("`")[1]: line.strip("| ").split(" | ")[1:] for line in lines[2:]}
    what = "A foreign origin is served, or the running service's settings allow it."
    assert cells["cors-open"] == [what, "socketio", "environment", "–"]
    assert cells["turn-open"] == [
        "TURN accepts a credential that was made with a wrong secret.",
        "turn",
        "–",
        "–",
    ]
    assert cells["wrong-port"][1:] == [
        "call, media-host, no-504, routing, socketio, turn",
        "label traefik.http.services",
        "update-window",
    ]
    assert all(line.count(" | ") == 4 for line in lines)


def test_a_bare_cause_brings_nothing_about() -> None:
    """Nor has it a carrier, nor does it come by a field."""
    bare = KnownCause("odd", "it is odd", Layer.MEDIA, rule("odd"), frozenset({"call"}))
    assert (bare.brings_about, bare.came_by, bare.carrier) == (frozenset(), (), "")
    assert (bare.of_routes, bare.of_one_service) == (False, False)
