"""What a Swarm fills in when a task starts: what the engine takes, and what it refuses at the deploy."""

from pathlib import Path

import pytest

from lab.compose import reading
from lab.compose.swarm_templates import wrong_template
from lab.errors import InputError

TAKEN = (
    "{{.Service.Name}}", "x{{.Task.Slot}}y", "{{.Node.Platform.OS}}", "{{if .Task}}x{{end}}", '{{printf "%s" .Task.ID}}',
    '{{"x"}}', "}}", "{{.}}", "{{.Service}}", '{{index .Service.Labels "a"}}', "{{- .Task.ID -}}", "{{/* nope */}}",
    "{{if true}}{{.Foo}}{{end}}", "{{or .Task.ID .Foo}}", "{{$x := .Task.ID}}{{$x}}", "{{range .Service.Labels}}{{.X}}{{end}}",
    '{{"a}}b"}}', '{{.Task.ID | printf "%s"}}', "{{with .Task}}{{.ID}}{{end}}", "{{(.Task).ID}}", '{{join "-" .Task.ID "x"}}',
    '{{if eq .Task.Slot "1"}}a{{else if eq 1 2}}b{{else}}c{{end}}', "{{print 1.5 true nil}}", "{{`raw }} nope`}}",
)  # fmt: skip
REFUSED = {
    "{{.Foo}}": "a Swarm fills in .Service.ID",
    "{{.Node.Labels}}": "a Swarm fills in",
    "{{.Node.Platform.Foo}}": "a Swarm fills in",
    "{{.Service.ID.x}}": "a Swarm fills in",
    "{{.Service.Labels.a}}": 'write index .Service.Labels "a"',
    "{{if .Foo}}x{{end}}": "a Swarm fills in",
    '{{printf "%s" .Foo}}': "a Swarm fills in",
    "{{ .Task.Name ": "is not closed",
    "a{{b": "is not closed",
    "{{}}": "says nothing",
    "{{nope}}": "there is no function nope",
    '{{env "A"}}': "there is no function env",
    "{{.Task.ID | upper}}": "there is no function upper",
    "{{end}}": "ends nothing",
    "{{if true}}x": "`if` has no `end`",
}


@pytest.mark.parametrize("text", TAKEN)
def test_what_the_engine_fills_in(text: str) -> None:
    """Whatever Go's text/template makes of it, as long as it is certain to end well."""
    assert wrong_template(text) is None


@pytest.mark.parametrize("text", REFUSED)
def test_what_the_engine_refuses(text: str) -> None:
    """With what is wrong."""
    assert REFUSED[text] in str(wrong_template(text))


@pytest.mark.parametrize(
    "volumes",
    [
        "{data: {labels: {a: '{{.Foo}}'}}}",
        "{data: {driver_opts: {o: '{{.Foo}}'}}}",
        "{data: {name: 'a{{.Foo}}'}}",
    ],
)
def test_a_volumes_own_texts_are_filled_in_too(volumes: str, tmp_path: Path) -> None:
    """Its labels, options and name go into each mount of it."""
    file = tmp_path / "stack.yml"
    text = f"services:\n  a:\n    image: x\n    volumes: ['data:/data']\nvolumes: {volumes}\n"
    file.write_text(text, "utf-8")
    with pytest.raises(InputError, match=r"services\.a\.volumes\.0: \{\{\.Foo\}\}: a Swarm fills in"):
        reading.read([file], {})
    file.write_text(text.replace("{{.Foo}}", "{{.Node.Hostname}}"), "utf-8")
    assert reading.read([file], {}).document["volumes"]


@pytest.mark.parametrize(
    "function",
    [
        "and", "call", "html", "index", "slice", "js", "len", "not", "or", "print", "printf", "println", "urlquery", "eq",
        "ne", "lt", "le", "gt", "ge", "join",
    ],
)  # fmt: skip
def test_each_function_there_is(function: str) -> None:
    """Those of Go's text/template and the Swarm's own; whether what they are given fits is the engine's to say."""
    assert wrong_template(f"{{{{{function} .Task.Name}}}}") is None


@pytest.mark.parametrize("word", ["template", "break", "continue", "true", "false", "nil", "else"])
def test_each_word_that_is_no_function(word: str) -> None:
    """What may stand there only inside a loop is not judged by where it stands."""
    assert wrong_template(f"{{{{{word}}}}}") is None
