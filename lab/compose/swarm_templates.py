"""What a Swarm fills in when a task starts, `{{.Node.Hostname}}`, and refuses at once where it cannot be filled in.

The engine tries it on a task that it makes up (controlapi/service.go: validateContainerSpec), with Go's text/template, the
option `missingkey=error` and no label of the service. Here only what it is certain to refuse is found.
"""

import re
from collections.abc import Iterator

FIELDS: dict[str, tuple[str, ...]] = {
    "Service": ("ID", "Name", "Labels"), "Node": ("ID", "Hostname", "Platform"), "Task": ("ID", "Name", "Slot"),
    "Platform": ("Architecture", "OS"),
}  # fmt: skip
"""template/context.go of moby/swarmkit."""
_OPENING = ("if", "range", "with", "block", "define")
_WORDS = (*_OPENING, "else", "end", "template", "break", "continue", "true", "false", "nil")
_FUNCTIONS = (
    "and", "call", "html", "index", "slice", "js", "len", "not", "or", "print", "printf", "println", "urlquery", "eq", "ne",
    "lt", "le", "gt", "ge", "join",
)  # fmt: skip
"""Those of text/template, and the one that template/template.go of moby/swarmkit adds."""
_SHORT = ("and", "or")
"""These may end before they have looked at all that they are given."""
_TOKEN = re.compile(
    r'"(?:\\.|[^"\\])*"|`[^`]*`|\'(?:\\.|[^\'\\])+\'|(?P<field>(?<![\w)])(?:\.[A-Za-z_]\w*)+)|[$)]\w*(?:\.\w+)*'
    r"|(?P<word>[A-Za-z_]\w*)|[\d.]+|\S"
)
_ACTION = re.compile(
    r"\{\{(?:-\s)?\s*(?P<inside>(?:/\*.*?\*/|`[^`]*`|\"(?:\\.|[^\"\\])*\"|(?!\}\}).)*?)\s*(?:\s-)?\}\}",
    re.DOTALL,
)


def wrong_template(text: str) -> str | None:
    """What of a text the engine cannot fill in, None where it can."""
    nested: list[str] = []
    end = 0
    for action in _ACTION.finditer(text):
        if "{{" in text[end : action.start()]:
            break
        end = action.end()
        if (wrong := _wrong_in(action["inside"], nested)) is not None:
            return f"{action[0]}: {wrong}"
    if "{{" in text[end:]:
        return f"{text[text.index('{{', end) :]}: is not closed"
    return f"{text}: `{nested[-1]}` has no `end`" if nested else None


def _wrong_in(inside: str, nested: list[str]) -> str | None:
    """What is wrong in one action; keeps `nested`, the words that an `end` is still owed."""
    if inside.startswith("/*"):
        return None
    tokens = list(_TOKEN.finditer(inside))
    words = [each["word"] for each in tokens if each["word"]]
    first = words[0] if words and tokens[0]["word"] else ""
    if not tokens:
        return "says nothing"
    if first == "end":
        return None if nested and (nested.pop() or True) else "ends nothing"
    unknown = next((each for each in words if each not in (*_WORDS, *_FUNCTIONS)), None)
    if unknown is not None:
        return f"there is no function {unknown}"
    wrong = (
        None
        if nested or set(words) & set(_SHORT)
        else next(filter(None, map(_wrong_field, _fields(tokens))), None)
    )
    if first in _OPENING:
        nested.append(first)
    return wrong


def _fields(tokens: list[re.Match[str]]) -> Iterator[str]:
    return (each["field"] for each in tokens if each["field"])


def _wrong_field(field: str) -> str | None:
    known = ", ".join(f".{kind}.{each}" for kind in ("Service", "Node", "Task") for each in FIELDS[kind])
    first, *rest = field.split(".")[1:]
    if first not in ("Service", "Node", "Task"):
        return f"a Swarm fills in {known}"
    kind = first
    for name in rest:
        if kind == "Labels":
            return f'no label is there when the engine tries it: write index .Service.Labels "{name}"'
        if name not in FIELDS.get(kind, ()):
            return f"a Swarm fills in {known}"
        kind = name
    return None
