"""The nodes that a YAML text is composed to: kind, line, tag and value of each, and what is refused."""

import pytest
import yaml

from lab.compose import yaml_nodes

TEXT = """\
!a
key: &b !c [1, "2"]
more: {x: *b}
"""


def test_each_node_of_a_text() -> None:
    """Tags of collections as well as of values, and an alias with what it stands for."""
    root, _ = yaml_nodes.composed(TEXT, yaml.SafeLoader)
    assert root is not None
    assert (root.kind, root.tag, root.line) == ("mapping", "!a", 1)
    key, listed, more, inner = root.children
    assert (key.kind, key.value, key.line, key.is_plain) == ("scalar", "key", 2, True)
    assert (listed.kind, listed.tag, listed.line) == ("sequence", "!c", 2)
    assert [(each.value, each.is_plain) for each in listed.children] == [("1", True), ("2", False)]
    assert (more.value, inner.kind, inner.tag, inner.line) == ("more", "mapping", "", 3)
    alias = inner.children[1]
    assert (alias.kind, alias.value, alias.line) == ("alias", "b", 3)
    assert alias.target is listed


@pytest.mark.parametrize(
    ("text", "line", "what"),
    [
        ("a: *b\n", 1, "found undefined alias 'b'"),
        ("\n%YAML 1.2\n---\na: 1\n", 2, "%YAML 1.1 is the version that Docker reads"),
        ('a:\n - "x\\/y"\n', 2, "found the unknown escape"),
    ],
)
def test_what_dockers_parser_refuses(text: str, line: int, what: str) -> None:
    """Though PyYAML would take it."""
    with pytest.raises(yaml.MarkedYAMLError) as failed:
        yaml_nodes.composed(text, yaml.CSafeLoader)
    assert str(failed.value.problem).startswith(what)
    assert failed.value.problem_mark is not None
    assert failed.value.problem_mark.line + 1 == line


@pytest.mark.parametrize(
    ("text", "second"), [("a: 1\n", None), ("a: 1\n---\nb: 1\n", 2), ("", None), ("a: 1\n...\n\n@\n", 4)]
)
def test_the_line_of_a_second_document(text: str, second: int | None) -> None:
    """None where the first is the last."""
    root, found = yaml_nodes.composed(text, yaml.SafeLoader)
    assert found == second
    assert (root is None) == (text == "")


def test_an_escape_of_yaml_1_2_in_a_text_without_quotes() -> None:
    """There a backslash is a backslash."""
    root, _ = yaml_nodes.composed("a: x\\/y\nb: 'x\\/y'\n", yaml.CSafeLoader)
    assert root is not None
    assert [each.value for each in root.children] == ["a", "x\\/y", "b", "x\\/y"]


def test_more_values_than_are_read(monkeypatch: pytest.MonkeyPatch) -> None:
    """Counted with their keys; the last of the three that a value may be is taken."""
    monkeypatch.setattr(yaml_nodes, "MOST_VALUES", 2)
    assert yaml_nodes.composed("[1, 2, 3, 4, 5]", yaml.SafeLoader)[0] is not None
    with pytest.raises(yaml.MarkedYAMLError) as failed:
        yaml_nodes.composed("\n- 1\n- 2\n- 3\n- 4\n- 5\n- 6\n", yaml.SafeLoader)
    assert failed.value.problem == "more than 2 values"
    assert failed.value.problem_mark is not None
    assert failed.value.problem_mark.line == 6
