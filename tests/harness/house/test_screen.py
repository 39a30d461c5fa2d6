"""What is printed goes through lab/text/screen.py or lab/text/shown.py: no other module makes a console or writes markup."""

import ast
import re
from collections.abc import Iterator
from pathlib import Path

ROOT = Path(__file__).parents[3]
SCREEN = ROOT / "lab" / "text" / "screen.py"
OWN_SAY = ROOT / "lab" / "tools"
"""Its `say` is `host_commands.say`, which makes visible whatever it is given."""
MARKUP = re.compile(
    r"\[/?(?:bold|dim|italic|underline|red|green|yellow|blue|cyan|magenta|white|link)\b[^\]\n]*\]|\[/\]"
)
PRINTS = re.compile(r"(?:^|\.)(?:print|write_line|say)$|std(?:out|err)(?:\.buffer)?\.write$|^(?:echo|say)$")
"""Ways to write on a terminal; a console's own `print` makes visible what it is given."""
SAFE = re.compile(r"^(?:console|self\._screen\(\)|reporter|self\._reporter|self)\.(?:print|say)$|^tell$")


def sources() -> Iterator[Path]:
    """The code that prints for a person: images print in their containers, the mutants' page is our own."""
    for top in ("fixtures", "lab", "tests/sabotage"):
        yield from (
            path for path in (ROOT / top).rglob("*.py") if not path.is_relative_to(ROOT / "lab" / "images")
        )
    yield from (ROOT / "tests").glob("*.py")


def offences(tree: ast.AST) -> Iterator[tuple[int, str]]:
    """Line and reason of each place that prints foreign text as it came, or could."""
    for node in ast.walk(tree):
        match node:
            case ast.ImportFrom(module="rich.markup"):
                yield node.lineno, "escapes markup, which no text of ours has"
            case ast.Call(func=ast.Name(id="Console")):
                yield node.lineno, "makes a console that obeys markup: plain_console()"
            case ast.Constant(value=str(text)) if MARKUP.search(text):
                yield node.lineno, f"writes markup: {text!r}; a style is a value"
            case ast.Call(func=func, args=[first, *_]) if PRINTS.search(name := ast.unparse(func)):
                if not SAFE.search(name) and _holds_values(first):
                    yield node.lineno, f"{name} prints values as they came: for_terminal()"


def _holds_values(text: ast.expr) -> bool:
    """Whether a text has values in it that are not made visible."""
    values = text.values if isinstance(text, ast.JoinedStr) else ()
    filled = [ast.unparse(each.value) for each in values if isinstance(each, ast.FormattedValue)]
    return any(not each.startswith(("for_terminal(", "shown(")) for each in filled)


def test_nothing_is_printed_as_it_came() -> None:
    """A text with values in it is made visible before it is written, and styles are no part of texts."""
    found = [
        f"{path.relative_to(ROOT)}:{line}: {why}"
        for path in sources()
        if path != SCREEN
        for line, why in offences(ast.parse(path.read_text(encoding="utf-8")))
        if not (path.is_relative_to(OWN_SAY) and why.startswith("say "))
    ]
    assert not found, "\n".join(found)


def test_the_rule_finds_each_kind() -> None:
    """What it is there to find, in a sample of each."""
    for sample in (
        "Console()", "from rich.markup import escape", "x = '[green]ok[/]'", "print(f'{a}')", "sys.stderr.write(f'{a}')",
        "terminalreporter.write_line(f'{a}')", "say(f'{a}')",
    ):  # fmt: skip
        assert list(offences(ast.parse(sample))), sample
    for sample in (
        "print(for_terminal(f'{a}'))",
        "console.print(f'{a}')",
        "x = '[jbcalling.site]'",
        "say('done')",
    ):
        assert not list(offences(ast.parse(sample))), sample
