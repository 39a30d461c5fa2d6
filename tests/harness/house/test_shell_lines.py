"""No command for a person to paste is put together by hand: words are quoted and joined in lab/text/shell.py alone."""

import ast
import re
from collections.abc import Iterator, Mapping
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[3]
QUOTER = ROOT / "lab" / "text" / "shell.py"
LEFT_OUT = (ROOT / "lab" / "images", ROOT / "tests" / "harness")
PROGRAMS = (
    r"docker(?: -| (?:build|builder|compose|config|container|context|cp|exec|images?|info|inspect|load|login|logs|network|node|"
    r"ps|pull|push|rm|run|save|secret|service|stack|swarm|system|tag|update|volume) )|python[\d.]* -|curl -|"
    r"turnutils_\w+ |iptables -|ip (?:addr|link|route|netns|neigh) |tcpdump -|openssl \w+ |ssh -|getent \w|modprobe |"
    r"sysctl -|grep |sed -|ss -|dig |nslookup |apt(?:-get)? \w+ |pip install |pytest -|\./accept |cat |printenv |kill -|"
    r"rm -|sudo |journalctl -|systemctl \w+ |export \w+="
)
BEGUN = re.compile(rf"(?:^|[\s(`'\"|&;$])(?:{PROGRAMS})[^,;:()\n]*\Z")
"""A program and its first words at the end of a text, with nothing between that would end a sentence's part."""


COMPOSED = re.compile(rf"^\s*(?:\||&&)\s*(?:{PROGRAMS})")
"""What follows a value that is a line, in a text that composes lines by itself."""


def sources() -> Iterator[Path]:
    """The code whose texts a person reads: all but the images' own and the tests of our own code."""
    for path in [
        *ROOT.glob("*.py"),
        *(p for top in ("fixtures", "lab", "tests") for p in (ROOT / top).rglob("*.py")),
    ]:
        if path != QUOTER and not any(path.is_relative_to(folder) for folder in LEFT_OUT):
            yield path


def offences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and reason of each place where a command is quoted or put together."""
    texts = {
        target.id: str(each.value.value)
        for each in ast.walk(tree)
        if isinstance(each, ast.Assign) and isinstance(each.value, ast.Constant)
        for target in each.targets
        if isinstance(target, ast.Name)
    }
    for node in ast.walk(tree):
        match node:
            case ast.Import(names=names) if any(each.name == "shlex" for each in names):
                yield node.lineno, "imports shlex"
            case ast.ImportFrom(module="shlex"):
                yield node.lineno, "imports shlex"
            case ast.ImportFrom(module="lab.text.shell", names=names) if any(n.name == "Line" for n in names):
                yield from ((each.lineno, "calls a text a Line") for each in _calls(tree, "Line"))
            case ast.JoinedStr(values=values):
                yield from _filled(values)
            case ast.BinOp(op=ast.Add() | ast.Mod(), left=left) if BEGUN.search(_end(left, texts) + " "):
                yield node.lineno, f"continues {_end(left, texts)!r}"
            case ast.Call(func=ast.Attribute(value=ast.Constant(value=str(text)), attr="format")):
                if any(BEGUN.search(text[: hole.start()]) for hole in re.finditer(r"\{", text)):
                    yield node.lineno, f"fills {text!r}"
            case ast.Call(
                func=ast.Attribute(value=ast.Constant(value=str()), attr="join"), args=[ast.List(elts=parts)]
            ):
                if any(BEGUN.search(_end(part, texts) + " ") for part in parts):
                    yield node.lineno, "joins a command's words"


def _filled(values: list[ast.expr]) -> Iterator[tuple[int, str]]:
    """A command that has begun in an f-string's text must have ended before a value is put in."""
    before = ""
    for each in values:
        if isinstance(each, ast.Constant):
            if before and COMPOSED.search(str(each.value) + " "):
                yield each.lineno, f"composes {each.value!r}"
            before += str(each.value)
        elif BEGUN.search(before) or before.endswith(("$(", "`$(")):
            yield each.lineno, f"puts {ast.unparse(each)} into {before[-50:]!r}"
            before = ""
        else:
            before += "\0"


def _calls(tree: ast.AST, name: str) -> Iterator[ast.Call]:
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Name) and node.func.id == name:
            yield node


def _end(node: ast.expr, texts: Mapping[str, str]) -> str:
    """The literal text that an expression ends with; `texts` are the constants of the module."""
    match node:
        case ast.Name(id=name):
            return texts.get(name, "")
        case ast.Constant(value=str(text)):
            return text
        case ast.JoinedStr(values=[*_, ast.Constant(value=str(text))]):
            return text
    return ""


def test_only_one_module_quotes() -> None:
    """No other module imports shlex, fills a value into a command, or adds to one."""
    found = [
        f"{path.relative_to(ROOT)}:{line}: {why}"
        for path in sources()
        for line, why in offences(ast.parse(path.read_text(encoding="utf-8")))
    ]
    assert not found, "build the words as a list, for lab.text.shell:\n" + "\n".join(found)


@pytest.mark.parametrize(
    "sample",
    [
        "import shlex", "from shlex import quote", "f'docker service ps {name}'", "f'see: curl -vI {url}'", "f'{log} | grep x'",
        "f'python -m lab down --name {name}'", "'docker service ps ' + name", "'docker logs %s' % name", "f'x $({line})'",
        "'docker logs {}'.format(name)", "' '.join(['docker service ps', name])", "A = 'docker service ps '\nx = A + name",
        "f'{a} && docker ps'", "from lab.text.shell import Line\nx = Line(name)",
    ],
)  # fmt: skip
def test_the_rule_finds_each_kind(sample: str) -> None:
    """What it is there to find, in a sample of each."""
    assert list(offences(ast.parse(sample)))


@pytest.mark.parametrize(
    "sample",
    [
        "docker_command('service', 'ps', name)", "f'see: {docker_command(name)}'", "'docker service ls'",
        "f'docker refused: {text}'",
        "f'{name}: docker context ls lists them; {other}'", "from lab.text.shell import Line\ndef f() -> Line: ...",
    ],
)  # fmt: skip
def test_the_rule_leaves_the_rest(sample: str) -> None:
    """Whole commands in a text, constant ones, and prose that names a program."""
    assert not list(offences(ast.parse(sample)))
