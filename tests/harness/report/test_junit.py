"""report.xml: pytest's own, masked, with what pytest does not know."""

from collections.abc import Sequence
from dataclasses import replace
from xml.etree import ElementTree as Xml

import pytest

from fixtures.report import build
from fixtures.report.build import every_end
from fixtures.report.junit import BY_PYTEST, completed
from fixtures.report.values import Report, TestEnd, Trouble
from lab import exits
from lab.text.masking import Masker
from tests.harness.samples import junit as pytests
from tests.harness.samples import report as samples


def _suite(report: Report, ends: Sequence[TestEnd], *secrets: str) -> Xml.Element:
    found = Xml.fromstring(completed(pytests.written(ends), report, Masker(secrets))).find("testsuite")
    assert found is not None
    return found


def _case(suite: Xml.Element, name: str) -> Xml.Element:
    return next(case for case in suite.iter("testcase") if name in case.get("name", ""))


def _properties(element: Xml.Element) -> list[tuple[str | None, str | None]]:
    return [(one.get("name"), one.get("value")) for one in element.findall("properties/property")]


def test_junit_names_criterion_and_cause() -> None:
    """Each test carries its criterion, and its causes where it failed; the counts are right."""
    troubles = (Trouble("crashed", "gw0\x1b[31m"),)
    suite = _suite(samples.report(red=True, troubles=troubles), samples.ends(red=True))
    counts = [suite.get(name) for name in ("tests", "failures", "errors", "skipped")]
    assert counts == ["10", "3", "1", "0"]
    case = next(case for case in suite.iter("testcase") if case.find("failure") is not None)
    assert (case.get("classname"), case.get("file"), case.get("line")) == (
        "tests.test_no_504", "tests/test_no_504.py", "27",
    )  # fmt: skip
    assert _properties(case) == [("criterion", "no-504"), ("cause", "overlay-cut"), ("cause", "pins")]
    failure = case.find("failure")
    assert failure is not None
    message = failure.get("message", "")
    assert message.startswith("10 of 30 requests")
    assert message.endswith("; cause: the overlay is cut to translation03 (proved)")


def test_a_failure_says_the_fact_then_cause_evidence_and_command() -> None:
    """In the order of the table; what pytest shows comes last, and once."""
    suite = _suite(samples.report(red=True), samples.ends(red=True))
    failure = _case(suite, "test_every_request").find("failure")
    assert failure is not None
    text = failure.text or ""
    order = (
        "10 of 30 requests",
        "cause: the overlay is cut to translation03 (proved)",
        "  for: ",
        "  by hand: ",
        BY_PYTEST,
    )
    places = [text.index(each) for each in order]
    assert (places, places[0], text.count(BY_PYTEST)) == (sorted(places), 0, 1)


@pytest.mark.parametrize(
    ("message", "fact_first"),
    [("failed on setup with \"E: 10 of 30 requests went unanswered\"", True),
     ("failed on teardown with \"E: port in use\"", False)],
)  # fmt: skip
def test_an_error_of_another_step_keeps_its_words(message: str, fact_first: bool) -> None:
    """What failed in the set-up is the fact; what failed in the clean-up is not, and is not covered up by it."""
    end = replace(samples.ends(red=True)[0], text="10 of 30 requests went unanswered")
    root = Xml.fromstring(pytests.written([end]))
    for old in root.iter("failure"):
        old.tag = "error"
        old.set("message", message)
    report = build.build(samples.facts(), [end], ())
    error = Xml.fromstring(completed(Xml.tostring(root, "unicode"), report, str)).find(".//error")
    assert error is not None
    assert error.get("message", "").startswith("10 of 30" if fact_first else message)
    assert "cause: the overlay is cut" in (error.text or "")


def test_a_failure_without_a_known_cause_says_so() -> None:
    """`cause unknown` where the diagnosis knows none, nothing where none was drawn."""
    end = replace(samples.ends(red=True)[0], text="a fact")
    unknown = replace(end.causes[0], id="unknown")
    for causes, message in (((), "a fact"), ((unknown,), "a fact; cause unknown")):
        changed = replace(end, causes=causes)
        failure = _suite(build.build(samples.facts(), [changed], ()), [changed]).find("testcase/failure")
        assert failure is not None
        assert failure.get("message") == message


def test_each_test_has_its_measurements_once() -> None:
    """What a test measured is there, whatever pytest's writer recorded of it."""
    case = _case(_suite(samples.report(), samples.ends()), "test_replicas_are_spread")
    assert _properties(case) == [("criterion", "spread"), ("measured", samples.CLAIMS["spread"][2])]


def test_the_suite_names_target_and_verdicts() -> None:
    """The target, the plan, and each criterion's verdict stand before the tests."""
    found = dict(_properties(_suite(samples.report(red=True), samples.ends(red=True))))
    assert (found["target"], found["plan"]) == ("lab", "option A")
    assert (found["criterion.spread"], found["criterion.call"]) == ("failed", "passed")
    assert found["criterion.drift"] == "not exercised"


def test_what_never_ran_is_skipped_with_its_reason() -> None:
    """A planned test of which pytest heard nothing is there, and says why it did not run."""
    planned = samples.ends()
    ends = every_end(planned[:1], planned, "the run was interrupted")
    suite = _suite(build.build(samples.facts(), ends, ()), planned[:1])
    assert [suite.get(name) for name in ("tests", "failures", "skipped")] == ["9", "0", "8"]
    skipped = _case(suite, "test_replicas_are_spread").find("skipped")
    assert skipped is not None
    assert skipped.get("message") == "not run: the run was interrupted"


def test_what_was_not_exercised_keeps_its_reason() -> None:
    """pytest's own word for it stays."""
    end = replace(samples.ends()[0], verdict="not exercised", why="not exercised: no IPVS", measured=())
    skipped = _suite(build.build(samples.facts(), [end], ()), [end]).find("testcase/skipped")
    assert skipped is not None
    assert skipped.get("message") == "not exercised: no IPVS"


def test_without_a_lab_no_test_has_failed() -> None:
    """What failed because there was no lab did not run: the same as in the other files."""
    ends = samples.ends(red=True)
    suite = _suite(build.build(replace(samples.facts(), exit_status=exits.NO_LAB), ends, ()), ends)
    assert [suite.get(name) for name in ("failures", "errors", "skipped")] == ["0", "0", "3"]


def test_a_failure_that_pytest_never_heard_of_fails() -> None:
    """A failure of the report is one of the XML too, with its causes."""
    ends = samples.ends(red=True)
    failure = _case(_suite(samples.report(red=True), ends[1:]), "test_every_request").find("failure")
    assert failure is not None
    assert "cause: the overlay is cut" in (failure.text or "")


def test_a_test_keeps_its_name_whatever_xdist_adds() -> None:
    """`@group` is xdist's; a test cut short in its set-up, nameless in pytest's XML, is not there twice."""
    end = samples.ends()[3]
    written = pytests.written([replace(end, nodeid=f"{end.nodeid}@calls")])
    nameless = written.replace("<testcase ", '<testcase time="0.1" /><testcase ', 1)
    root = Xml.fromstring(completed(nameless, build.build(samples.facts(), [end], ()), str))
    assert [case.get("name") for case in root.iter("testcase")] == [end.nodeid.partition("::")[2]]


@pytest.mark.parametrize("place", ["nodeid", "text", "detail", "measured"])
def test_a_secret_is_masked_wherever_pytest_wrote_it(place: str) -> None:
    """Names, messages, tracebacks and properties are masked; a property with a telling name wholly."""
    secret = 'north&<wind>"7'
    end = samples.ends(red=True)[0]
    value = (secret,) if place == "measured" else f"{end.nodeid}[{secret}]" if place == "nodeid" else secret
    end = replace(end, **{place: value})  # type: ignore[arg-type]
    found = completed(
        pytests.written([end]), build.build(samples.facts(), [end], (), {secret}), Masker({secret})
    )
    assert "north" not in found
    assert "***" in found


def test_a_property_of_a_secret_name() -> None:
    """`record_property("api_token", ...)`: the name says that the value is one."""
    end = samples.ends()[0]
    written = pytests.written([end]).replace('name="measured"', 'name="api_token"')
    found = completed(written, build.build(samples.facts(), [replace(end, measured=())], ()), Masker())
    assert 'name="api_token" value="***"' in found
