"""The registry of what a stack file alone can show: a rule that is declared wrongly is refused when it is declared."""

from collections.abc import Iterable, Iterator
from dataclasses import replace

import pytest

from fixtures.judge.criteria import CRITERIA
from fixtures.judge.file_rules import (
    Asks,
    FileLook,
    Found,
    RuleError,
    Rules,
    Severity,
    findings,
    in_service,
    without_subject,
)
from fixtures.judge.rules import EVERY
from tests.harness.samples.file_looks import PLAN, look, rehearsal, stack_of

NONE_OF = "the stack has no service"


def finds_nothing(_: FileLook) -> Iterable[Found]:
    """Finds nothing, and says so
    in two lines.

    This is not for the table.
    """
    return ()


def declare(rules: Rules, slug: str = "a-rule", **changed: str) -> None:
    given = {"criterion": "call", "why": "w", "remedy": "r", "source": "s", **changed}
    rules.rule(slug, **given)(finds_nothing)  # type: ignore[arg-type] # texts, as they are meant to be


def test_a_rule_is_kept_with_its_words() -> None:
    """The docstring's first paragraph is what the rule finds, in one line."""
    rules = Rules()
    declare(rules)
    kept = rules.known["a-rule"]
    assert kept.what == "Finds nothing, and says so in two lines."
    assert (kept.severity, kept.asks, kept.criterion) == (Severity.ERROR, Asks.FILE, "call")


@pytest.mark.parametrize(
    ("changed", "said"),
    [
        ({"criterion": "cal"}, "the rule a-rule is of cal, which is no criterion"),
        ({"why": ""}, "the rule a-rule has no why"),
        ({"remedy": ""}, "the rule a-rule has no remedy"),
        ({"source": ""}, "the rule a-rule has no source"),
    ],
)
def test_a_wrong_rule_is_refused(changed: dict[str, str], said: str) -> None:
    """It says which rule and what of it, and the rule is not kept."""
    rules = Rules()
    with pytest.raises(RuleError, match=f"^{said}$"):
        declare(rules, **changed)
    assert rules.known == {}


def test_a_rule_without_words_is_refused() -> None:
    """Its docstring is the documentation."""

    def silent(_: FileLook) -> Iterable[Found]:
        return ()

    with pytest.raises(RuleError, match="the rule silent has no docstring"):
        Rules().rule("silent", criterion="call", why="w", remedy="r", source="s")(silent)


def test_an_id_stands_for_one_rule() -> None:
    """A second of the same id is refused, and the first stays."""
    rules = Rules()
    declare(rules)
    with pytest.raises(RuleError, match="the rule a-rule is declared twice"):
        declare(rules, why="another")
    assert rules.known["a-rule"].why == "w"


def test_rules_are_in_alphabetical_order() -> None:
    """Whatever module declared them first."""
    rules = Rules()
    for slug in ("b", "c", "a"):
        declare(rules, slug)
    assert list(rules.known) == ["a", "b", "c"]


def test_every_rule_of_ours_is_of_a_criterion_and_complete() -> None:
    """The registry is not empty, its ids fit into a comment, and no criterion is misspelt."""
    assert len(EVERY) > 50
    assert {each.criterion for each in EVERY.values()} <= set(CRITERIA)
    assert [slug for slug in EVERY if not slug.replace("-", "").isalnum() or slug != slug.lower()] == []


def declared(asks: Asks = Asks.FILE) -> Rules:
    """A rule that finds two things, the later line first, and a note of a third."""
    rules = Rules()

    @rules.rule("three", criterion="call", why="w", remedy="r", source="s", asks=asks)
    def three(look: FileLook) -> Iterator[Found]:
        """Finds three."""
        yield in_service(look, "page", "a note", severity=Severity.NOTE)
        yield in_service(look, "page", "later", "image")
        yield in_service(look, "translation_edge", "sooner")
        yield in_service(look, "translation_edge", "sooner")

    return rules


STACK = """\
services:
  edge:
    image: x
  page:
    image: y
"""


def test_findings_are_told_once_errors_first_then_by_line() -> None:
    """Each with `file:line` of its key, by short and full names of services alike."""
    found = findings(declared().known, look(stack_of(STACK)))
    assert [(each.text, each.severity, each.where, each.key) for each in found] == [
        ("sooner", Severity.ERROR, "stack.yml:2", "services.edge"),
        ("later", Severity.ERROR, "stack.yml:5", "services.page.image"),
        ("a note", Severity.NOTE, "stack.yml:4", "services.page"),
    ]
    assert str(found[0]) == "stack.yml:2: error three: translation_edge: sooner"
    assert {each.remedy for each in found} == {"r"}
    assert (found[1].violation.text, found[1].violation.command) == ("later [three]", "stack.yml:5")


def test_a_place_without_a_line_comes_first_in_its_file() -> None:
    """As of what a whole file lacks."""
    rules = Rules()

    @rules.rule("placed", criterion="call", why="w", remedy="r", source="s")
    def placed(look: FileLook) -> Iterator[Found]:
        """Finds two, one of which names a file alone."""
        yield in_service(look, "page", "of a line")
        yield Found("translation_page", "of the file", (), where="stack.yml:whole", remedy="another")

    found = findings(rules.known, look(stack_of(STACK)))
    assert [(each.text, each.remedy) for each in found] == [("of the file", "another"), ("of a line", "r")]


def test_a_key_that_is_not_there_is_found_at_the_one_above() -> None:
    """What is lacking has no line of its own."""
    rules = Rules()

    @rules.rule("lacking", criterion="call", why="w", remedy="r", source="s")
    def lacking(look: FileLook) -> Iterator[Found]:
        """Finds what is not there."""
        yield in_service(look, "page", "lacks a health check", "healthcheck", "test")

    (found,) = findings(rules.known, look(stack_of(STACK)))
    assert (found.where, found.key) == ("stack.yml:4", "services.page.healthcheck.test")


def test_one_criterion_alone_can_be_judged() -> None:
    """The gate has a test for each."""
    of = look(stack_of(STACK))
    assert len(findings(declared().known, of, "call")) == 3
    assert findings(declared().known, of, "routing") == ()


@pytest.mark.parametrize(
    ("asks", "with_traefik", "without"), [(Asks.FILE, 3, 3), (Asks.TRAEFIK, 3, 0), (Asks.LABELS, 0, 3)]
)
def test_a_rule_applies_where_there_is_what_it_reads(asks: Asks, with_traefik: int, without: int) -> None:
    """What Traefik said is judged where it was asked; our own reading of labels only where it was not."""
    rules = declared(asks).known
    assert len(findings(rules, look(stack_of(STACK), rehearsal()))) == with_traefik
    assert len(findings(rules, look(stack_of(STACK)))) == without


@pytest.mark.parametrize(
    ("criterion", "said"),
    [
        ("mediasoup-pinned", f"{NONE_OF} mediasoup"),
        ("media-host", f"{NONE_OF} mediasoup"),
        ("call", f"{NONE_OF} signaling, mediasoup"),
        ("routing", f"{NONE_OF} traefik"),
        ("socketio", f"{NONE_OF} signaling"),
        ("turn", f"{NONE_OF} coturn"),
        ("spread", "the stack has none of the services that plan A spreads (frontend, signaling)"),
        ("healthy", ""),
        ("no-504", ""),
    ],
)
def test_a_pass_needs_something_to_pass_on(criterion: str, said: str) -> None:
    """A criterion whose service is absent is not exercised, and says which; where it is there, it is judged."""
    assert without_subject(look(stack_of(STACK)), criterion) == said
    whole = "services:\n" + "".join(f"  {each.name}: {{image: x}}\n" for each in PLAN.services)
    assert without_subject(look(stack_of(whole)), criterion) == ""


def test_a_plan_without_a_turn_server_has_none_to_judge() -> None:
    """Of no other criterion is that the reason."""
    services = tuple(each for each in PLAN.services if each not in PLAN.turn_services)
    of = replace(look(stack_of(STACK)), plan=replace(PLAN, services=services))
    assert of.plan.turn_services == ()
    assert without_subject(of, "turn") == "plan A has no TURN server"
    assert without_subject(of, "healthy") == ""
