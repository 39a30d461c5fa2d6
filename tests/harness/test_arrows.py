"""Who may import whom, and who may sleep, assert, or need Docker: read from the source, nothing is run."""

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

ROOT = Path(__file__).parents[2]
OURS = ("conftest", "fixtures", "lab", "tests")

# Which of our own a room may import, by dotted prefix; the longest room that fits a module rules it. The
# polling loops in lab.waiting know nothing of the lab, so they are everybody's.
MAY_IMPORT: dict[str, tuple[str, ...]] = {
    "lab": ("lab",),
    "fixtures.clients": ("fixtures.clients", "lab.waiting"),
    "fixtures": ("fixtures", "lab"),
    "tests": ("fixtures", "tests", "lab.waiting"),
    "tests.harness": ("fixtures", "lab", "tests"),  # tests of our own code, the lab's included
    "conftest": ("fixtures",),
}

# Where a duration is the subject, not something waited out: "path": "why".
MAY_SLEEP = {
    "lab/waiting.py": "the polling loops of the project",
    "fixtures/clients/synthetic.py": "paces the frames of a video: their interval is the subject",
}


def sources(*folders: str) -> list[Path]:
    """Python files of the project; the programs of lab/images are what is tested, not the suite."""
    found = (path for folder in folders for path in (ROOT / folder).rglob("*.py"))
    return sorted(path for path in found if "images" not in path.relative_to(ROOT).parts)


def module_of(path: Path) -> str:
    return ".".join(path.relative_to(ROOT).with_suffix("").parts)


def imported(tree: ast.AST, module: str) -> Iterator[str]:
    """The dotted names a tree imports; what `from a import b` brings counts as `a.b`."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            package = module.rsplit(".", node.level)[0] + "." if node.level else ""
            yield from (f"{package}{node.module or ''}.{alias.name}" for alias in node.names)


def within(name: str, prefix: str) -> bool:
    return name == prefix or name.startswith(prefix + ".")


def room_of(module: str) -> str:
    return max((room for room in MAY_IMPORT if within(module, room)), key=len)


def wrong_arrows(source: str, module: str) -> list[str]:
    allowed = MAY_IMPORT[room_of(module)]
    names = imported(ast.parse(source), module)
    ours = [name for name in names if any(within(name, room) for room in OURS)]
    return sorted(f"{module} -> {n}" for n in ours if not any(within(n, prefix) for prefix in allowed))


def called(tree: ast.AST) -> Iterator[tuple[str, int]]:
    """The dotted names that a tree calls, with lines."""
    for node in ast.walk(tree):
        if isinstance(node, ast.Call) and isinstance(node.func, ast.Attribute | ast.Name):
            yield ast.unparse(node.func), node.lineno


def sleeps(source: str) -> list[int]:
    """Lines that call time.sleep, asyncio.sleep, or a bare sleep imported from either."""
    tree = ast.parse(source)
    return [
        line for name, line in called(tree) if name in ("time.sleep", "asyncio.sleep", "anyio.sleep", "sleep")
    ]


def top_level_imports(source: str) -> list[str]:
    """What is imported on import of the module: not inside a function, nor for type checkers alone."""
    nodes = [n for n in ast.parse(source).body if isinstance(n, ast.Import | ast.ImportFrom)]
    return [name for node in nodes for name in imported(node, "")]


EVERYWHERE = [*sources("fixtures", "lab", "tests"), *(p for p in [ROOT / "conftest.py"] if p.exists())]
CLIENTS = sources("fixtures/clients")


def test_imports_follow_the_arrows() -> None:
    """tests -> fixtures -> lab, fixtures -> clients, and lab and clients know nothing of the others."""
    wrong = [arrow for path in EVERYWHERE for arrow in wrong_arrows(path.read_text(), module_of(path))]
    assert wrong == []


def test_clients_know_no_pytest_and_assert_nothing() -> None:
    """Clients return values and raise typed errors: tests are where pytest and assert belong."""
    for path in CLIENTS:
        tree = ast.parse(path.read_text())
        assert not [n for n in imported(tree, module_of(path)) if within(n, "pytest")], path
        assert not [n.lineno for n in ast.walk(tree) if isinstance(n, ast.Assert)], path


def test_clients_can_be_imported_without_docker() -> None:
    """A smoke run from a laptop without Docker collects: docker is imported only where it is used."""
    needing = [p for p in CLIENTS for name in top_level_imports(p.read_text()) if within(name, "docker")]
    assert needing == []


def test_only_the_waiting_module_sleeps() -> None:
    """Nothing is settled with a sleep; where a duration is the subject, MAY_SLEEP says why."""
    found = {str(p.relative_to(ROOT)): sleeps(p.read_text()) for p in sources("fixtures", "lab")}
    slept = {path: lines for path, lines in found.items() if lines}
    assert {path: lines for path, lines in slept.items() if path not in MAY_SLEEP} == {}
    assert set(MAY_SLEEP) <= set(slept), "an exception that is no longer used"


@pytest.mark.parametrize(
    ("source", "module", "arrows"),
    [
        ("import fixtures.clients.edge", "lab.stack", ["lab.stack -> fixtures.clients.edge"]),
        ("from lab import waiting", "fixtures.clients.edge", []),
        ("from lab.engine import x", "fixtures.clients.edge", ["fixtures.clients.edge -> lab.engine.x"]),
        ("from lab.engine import x", "fixtures.lab", []),
        ("import lab", "tests.test_edge", ["tests.test_edge -> lab"]),
        ("from lab.waiting import wait_for", "tests.test_call", []),
        ("import lab.stack", "tests.harness.test_render", []),
        ("def f():\n    from tests import x", "fixtures.edge", ["fixtures.edge -> tests.x"]),
        ("from ..lab import x", "fixtures.clients.a", ["fixtures.clients.a -> fixtures.lab.x"]),
        ("import labrador, httpx", "lab.stack", []),
    ],
)
def test_a_wrong_arrow_is_seen(source: str, module: str, arrows: list[str]) -> None:
    """The reader of imports sees an arrow against the rule, inside functions too, and no other."""
    assert wrong_arrows(source, module) == arrows


def test_a_sleep_and_a_top_level_docker_are_seen() -> None:
    """The readers see what they forbid, and let pass what only looks like it."""
    assert sleeps("import time\ntime.sleep(1)\nclock.sleep(2)\nawait_ = asyncio.sleep(0)") == [2, 4]
    assert top_level_imports("import docker\ndef f():\n    import docker.tls") == ["docker"]
