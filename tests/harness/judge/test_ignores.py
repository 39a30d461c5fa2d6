"""Comments that say of a finding that it is meant so: where they hold, what they must give, and which are not needed."""

import pytest

from fixtures.judge.file_rules import Finding, Severity
from fixtures.judge.ignores import Ignore, IgnoreError, SortedOut, ignores, sorted_out, why_unused
from fixtures.judge.rules import EVERY

RULE = EVERY["address-port"]


def found(line: int, file: str = "stack.yml", rule: str = RULE.id) -> Finding:
    return Finding(
        EVERY[rule], Severity.ERROR, "page", "is wrong", f"{file}:{line}", "services.page", "mend it"
    )


def sorted_by(text: str, *every: Finding, file: str = "stack.yml") -> SortedOut:
    return sorted_out(every, ignores(file, text))


@pytest.mark.parametrize(
    ("comment", "line"),
    [
        ("a: 1\nb: 2 # acceptance: ignore=address-port why\nc: 3\n", 2),
        ("a: 1\n# acceptance: ignore=address-port why\nb: 2\nc: 3\n", 3),
        ("a: 1\n  #acceptance: ignore = address-port why\n\n# another comment\nb: 2\nc: 3\n", 5),
        ("a: 1\n# Acceptance: Ignore=address-port: why\n# acceptance: ignore=api-off why\nb: 2\n", 4),
        ("a: 1\r\nb: 2 # acceptance: ignore=address-port why\r\nc: 3\r\n", 2),
        ("a: 1\nb: # acceptance: ignore=api-off,address-port why\nc: 3\n", 2),
        ("a: |\n  text\n# acceptance: ignore=address-port why\nb: 2\n", 4),
        ("a:\n  - x\n  # acceptance: ignore=address-port why\n  - y\n", 4),
    ],
)
def test_a_comment_holds_for_the_key_it_stands_by(comment: str, line: int) -> None:
    """Its own line's, or the next below it: neither the line before nor the one after."""
    near = [found(each) for each in (line - 1, line, line + 1)]
    result = sorted_by(comment, *near)
    assert [each.where for each, _ in result.ignored] == [f"stack.yml:{line}"]
    assert result.findings == (near[0], near[2])
    assert result.ignored[0][1].reason == "why"


@pytest.mark.parametrize("head", ["", "%YAML 1.1\n---\n", "\n# about this file\n", "--- # the stack\n"])
def test_above_the_first_key_it_holds_for_the_whole_file(head: str) -> None:
    """Also below other comments, a directive, or the mark of a document's start."""
    text = f"{head}# acceptance: ignore=address-port the whole of it\na: 1\nb: 2\n"
    assert sorted_by(text, found(1), found(99)).findings == ()


def test_it_holds_for_its_own_rule_and_file_alone() -> None:
    """Another rule on the same line, and the same rule in another file, stay."""
    others = (found(1, rule="api-off"), found(1, file="base.yml"))
    result = sorted_by("a: 1 # acceptance: ignore=address-port why\n", found(1), *others)
    assert result.findings == others
    assert [each.where for each, _ in result.ignored] == ["stack.yml:1"]


@pytest.mark.parametrize(
    "text",
    [
        'a: "x # acceptance: ignore=address-port why"\n',
        "a: 'x\n  # acceptance: ignore=address-port why'\n",
        "a: |\n  # acceptance: ignore=address-port\n",
        "a: x#acceptance: ignore=address-port why\n",
        "a: 1 # acceptance tests read this; ignore=address-port is not asked\n",
        "a: 1 # acceptance: ignored by nobody\n",
    ],
)
def test_what_is_no_such_comment_is_none(text: str) -> None:
    """A text of YAML holds no comments, and prose about acceptance asks for nothing."""
    assert ignores("stack.yml", text) == ()


@pytest.mark.parametrize(
    ("comment", "said"),
    [
        ("# acceptance: ignore=address-port", "gives no reason"),
        ("# acceptance: ignore=address-port -- ", "gives no reason"),
        ("# acceptance: ignore", "names no rule"),
        ("# acceptance: ignore address-port why", "names no rule"),
        ("# acceptance: ignore=", "names no rule"),
    ],
)
def test_a_comment_must_say_what_and_why(comment: str, said: str) -> None:
    """Else it is refused in one line: file, line, the comment, and how it is written."""
    with pytest.raises(IgnoreError) as error:
        ignores("stack.yml", f"a: 1\nb: 2 {comment}\n")
    expected = f"stack.yml:2: {comment.strip()}: {said}: write # acceptance: ignore=RULE reason"
    assert str(error.value) == expected


def test_a_comment_that_nothing_needs_is_told() -> None:
    """With why: the rule finds nothing there, or there is no such rule, and then the one that may be meant."""
    text = "a: 1\nb: 2 # acceptance: ignore=api-off why\nc: 3 # acceptance: ignore=adress-port why\n"
    result = sorted_by(text, found(3))
    assert len(result.findings) == 1
    assert [why_unused(each, EVERY) for each in result.unused] == [
        "nothing to ignore: api-off finds nothing there",
        "ignores adress-port, and there is no such rule: did you mean address-port?",
    ]


def test_what_is_unused_in_a_whole_file_or_unlike_any_rule() -> None:
    """The words fit."""
    whole = Ignore("api-off", "why", "stack.yml", 1, None)
    strange = Ignore("zzz", "why", "stack.yml", 1, 1)
    assert why_unused(whole, EVERY) == "nothing to ignore: api-off finds nothing in this file"
    assert why_unused(strange, EVERY).endswith("python -m fixtures static --explain all lists them")


def test_one_comment_may_hold_for_several_findings() -> None:
    """Each is listed with it, and it is not unused."""
    result = sorted_by("a: 1 # acceptance: ignore=address-port why\n", found(1), found(1))
    assert (len(result.ignored), result.unused, result.findings) == (2, (), ())
