"""The mutants of a module, made with mutmut's operators; what no test of ours should have to notice is left out."""

import random
from collections.abc import Iterator

import libcst as cst
from mutmut.mutation.mutators import mutation_operators

from tests.mutants.values import Mutant, mutant

UNTOUCHED_CALLS = frozenset({"cast", "TypeVar", "ParamSpec", "NewType"})
"""They speak to the type checker only."""
UNTOUCHED_DECORATORS = frozenset({"dataclass", "overload", "property", "override"})
"""`frozen=True` and the like keep programmers from mistakes; the behaviour is the same without."""
DURATION = ("_S", "_MS")
"""Numbers whose names end so are durations: a test that holds 30 against 31 would only repeat the number."""


def mutants_of(source: str, *, limit: int | None, seed: str) -> tuple[list[Mutant], int]:
    """Mutants in the order of lines, and how many changes there are; of more than `limit` those that `seed` chooses."""
    module = cst.parse_module(source)
    changes = list(changes_in(module))
    random.Random(seed).shuffle(changes)
    made: dict[str, Mutant] = {}
    for old, new in changes:
        if limit is not None and len(made) >= limit:
            break
        mutated = module.deep_replace(old, new)
        if isinstance(mutated, cst.Module) and is_other_code(source, mutated.code):
            made.setdefault(mutated.code, mutant(source, mutated.code))
    return sorted(made.values(), key=lambda each: (each.line, each.now)), len(changes)


def changes_in(node: cst.CSTNode) -> Iterator[tuple[cst.CSTNode, cst.CSTNode]]:
    """Every node that can be changed, with what it can be changed to."""
    if is_left_out(node):
        return
    for kind, operator in mutation_operators:
        if isinstance(node, kind) and not (isinstance(node, cst.SimpleString) and is_prose(node)):
            yield from ((node, new) for new in operator(node))
    for child in node.children:
        yield from changes_in(child)


def is_left_out(node: cst.CSTNode) -> bool:
    """Whether a node and all within it say nothing of behaviour: types, imports, durations."""
    match node:
        case cst.Annotation() | cst.Import() | cst.ImportFrom() | cst.Assert() | cst.TypeAlias():
            return True
        case cst.Call(func=cst.Name(value=name)):
            return name in UNTOUCHED_CALLS
        case cst.Decorator(decorator=cst.Name(value=name) | cst.Call(func=cst.Name(value=name))):
            return name in UNTOUCHED_DECORATORS
        case cst.If(test=cst.Name(value=name)):
            return bool(name == "TYPE_CHECKING")
        case cst.Assign(targets=[cst.AssignTarget(target=cst.Name(value=name))], value=value):
            return name == "__all__" or is_duration(name, value) or is_type(name, value)
        case (
            cst.AnnAssign(target=cst.Name(value=name), value=value)
            | cst.Param(name=cst.Name(value=name), default=value)
        ):
            return is_duration(name, value)
        case cst.Expr(value=cst.SimpleString() | cst.ConcatenatedString()):
            return True
    return False


def is_duration(name: str, value: cst.BaseExpression | None) -> bool:
    """Whether a number is a constant or default in seconds."""
    return name.upper().endswith(DURATION) and isinstance(value, cst.Integer | cst.Float)


def is_type(name: str, value: cst.BaseExpression) -> bool:
    """Whether a name in CamelCase is given to a type in brackets, or to a type variable."""
    match value:
        case cst.Call(func=cst.Name(value=called)):
            return called in UNTOUCHED_CALLS - {"cast"}
        case cst.Subscript():
            return name[:1].isupper() and not name.isupper()
    return False


def is_prose(node: cst.SimpleString) -> bool:
    """Whether a string is read by people: tests hold facts, names and keys, not each word of a sentence."""
    return any(character.isspace() for character in node.raw_value)


def is_other_code(source: str, mutated: str) -> bool:
    """Whether a mutant differs and is Python at all."""
    if mutated == source:
        return False
    try:
        compile(mutated, "mutant", "exec", dont_inherit=True)
    except SyntaxError:
        return False
    return True
