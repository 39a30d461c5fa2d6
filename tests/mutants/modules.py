"""Which modules are mutated, and which fast tests of our own code must notice."""

import ast
from collections.abc import Iterable
from dataclasses import dataclass
from functools import cache
from pathlib import Path

HARNESS = "tests/harness"


@dataclass(frozen=True)
class Group:
    """Modules by pattern, and their tests: whole folders, and test files of other folders that import `package`.

    `but`: files of the whole folders that are left out.
    """

    pattern: str
    package: str
    whole: tuple[str, ...] = ()
    importing: tuple[str, ...] = ()
    but: tuple[str, ...] = ()


REAL_TRAEFIK = "judge/test_stack_cases_in_traefik.py"
"""It takes longer than all others of its folder together. The rules on what Traefik says have tests with answers of
Traefik made up, which are faster and reach answers that no stack file brings about."""
COMMANDS = "judge/test_hands.py"
"""It runs each command that a report prints, on stand-ins; what only judges a stack file or a Swarm is not in them."""


GROUPS = (
    *(
        Group(f"fixtures/judge/{name}.py", "fixtures.judge", whole=("judge",), but=(REAL_TRAEFIK,))
        for name in ("criteria", "hands", "repeats")
    ),
    Group("fixtures/judge/**/*.py", "fixtures.judge", whole=("judge",), but=(REAL_TRAEFIK, COMMANDS)),
    Group("fixtures/diagnose/whole_run.py", "fixtures.diagnose.whole_run", importing=("diagnose", "run")),
    Group("fixtures/diagnose/**/*.py", "fixtures.diagnose", whole=("diagnose",)),
    Group("fixtures/observe/http/access_log.py", "fixtures.observe.http", importing=("observe",)),
    Group("fixtures/observe/http/certificates.py", "fixtures.observe.http", importing=("observe",)),
    Group("fixtures/observe/http/meter.py", "fixtures.observe.http", importing=("observe",)),
    Group(
        "fixtures/observe/swarm/declared.py",
        "fixtures.observe.swarm.declared",
        importing=("observe", "judge"),
    ),
    Group("fixtures/observe/swarm/parse.py", "fixtures.observe.swarm", importing=("observe",)),
    Group("fixtures/observe/swarm/state.py", "fixtures.observe.swarm", importing=("observe",)),
    Group("fixtures/observe/swarm/service_log.py", "fixtures.observe.swarm", importing=("observe",)),
    Group("fixtures/observe/signaling/wire.py", "fixtures.observe.signaling", importing=("observe",)),
    Group("fixtures/observe/signaling/errors.py", "fixtures.observe.signaling", importing=("observe",)),
    Group("fixtures/observe/media/values.py", "fixtures.observe.media", importing=("observe", "judge")),
    Group("fixtures/observe/media/stamp.py", "fixtures.observe.media.stamp", importing=("observe",)),
    Group("fixtures/observe/media/tone.py", "fixtures.observe.media.tone", importing=("observe",)),
    Group("fixtures/observe/turn/values.py", "fixtures.observe.turn", importing=("observe",)),
    Group("lab/compose/*.py", "lab.compose", importing=("lab", "judge")),
    Group("lab/faults/**/*.py", "lab.faults", importing=("lab", "sabotage")),
    Group("lab/waiting.py", "lab.waiting", importing=("lab",)),
)


@dataclass(frozen=True)
class Subject:
    """A module to mutate, relative to the root, and the test files and folders that must notice.

    `nearest` are those files that import the module itself or its package: most mutants end there.
    """

    module: str
    tests: tuple[str, ...]
    nearest: tuple[str, ...] = ()


def subjects(root: Path) -> list[Subject]:
    """All modules to mutate, in the order of the groups; those that hold no code of their own are left out."""
    found: dict[str, Subject] = {}
    for group in GROUPS:
        for path in sorted(root.glob(group.pattern)):
            name = path.relative_to(root).as_posix()
            if path.name != "__init__.py" and name not in found:
                tests = tests_of(root, group)
                found[name] = Subject(name, tests, nearest(root, name, tests))
    return list(found.values())


def tests_of(root: Path, group: Group) -> tuple[str, ...]:
    """The group's folders, or their files but those left out, then the test files elsewhere that import its package."""
    folders = [f"{HARNESS}/{name}" for name in group.whole]
    if group.but:
        left_out = {root / HARNESS / name for name in group.but}
        files = [path for each in folders for path in sorted((root / each).rglob("test_*.py"))]
        folders = [path.relative_to(root).as_posix() for path in files if path not in left_out]
    candidates = [
        path for name in group.importing for path in sorted((root / HARNESS / name).rglob("test_*.py"))
    ]
    importing = [p.relative_to(root).as_posix() for p in candidates if imports(p, group.package)]
    return tuple(folders + importing)


def nearest(root: Path, module: str, tests: Iterable[str]) -> tuple[str, ...]:
    """Of the test files, those that import the module itself, else those that import its package; none where all do."""
    dotted = module.removesuffix(".py").replace("/", ".")
    files = [
        f
        for t in tests
        for f in (sorted((root / t).rglob("test_*.py")) if (root / t).is_dir() else [root / t])
    ]
    near = [f for f in files if imports(f, dotted)] or [
        f for f in files if imports(f, dotted.rpartition(".")[0]) or by_a_sample(root, f, dotted)
    ]
    return tuple(f.relative_to(root).as_posix() for f in near) if len(near) < len(files) else ()


def by_a_sample(root: Path, path: Path, dotted: str) -> bool:
    """Whether a sample that the file imports imports the module or its package."""
    samples = (root / f"{name.replace('.', '/')}.py" for name in imported(path) if ".samples." in name)
    return any(imports(each, dotted.rpartition(".")[0]) for each in samples if each.is_file())


def imports(path: Path, package: str) -> bool:
    """Whether a file imports `package` or something within it."""
    return any(name == package or name.startswith(f"{package}.") for name in imported(path))


@cache
def imported(path: Path) -> frozenset[str]:
    """The dotted names that a file imports; `from a import b` counts as `a` and as `a.b`."""
    names: set[str] = set()
    for node in ast.walk(ast.parse(path.read_text())):
        if isinstance(node, ast.Import):
            names |= {alias.name for alias in node.names}
        elif isinstance(node, ast.ImportFrom) and node.module:
            names |= {node.module, *(f"{node.module}.{alias.name}" for alias in node.names)}
    return frozenset(names)
