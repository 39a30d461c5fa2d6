"""The words of each cause, as an operator reads them. After a change that is meant, `python -m
tests.harness.diagnose.test_texts` writes them down anew; a sample that is not written down is not compared."""

import inspect
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path

import pytest

from fixtures.diagnose.engine import diagnose
from fixtures.diagnose.observations import Observations
from fixtures.diagnose.values import Cause
from tests.harness.diagnose.test_engine import CASES
from tests.harness.samples import between_nodes, edge_faults, faults, less_known, own_words, stranded
from tests.harness.samples.recordings import RECORDED, recording

WORDS = Path(__file__).parents[1] / "recorded" / "causes.txt"
REPR = re.compile(
    r"\b[A-Z]\w*\(\w+=|\[['\"(]|\{['\"]\w+['\"]:|\bb['\"]|<[\w.]+ object at|\(\(|\('|', '|\\[nt]|\b(None|True|False)\b"
)
"""What Python's own way to write a value looks like."""
QUOTED = re.compile("“[^”]*”")
"""What a server answered is quoted as it came."""
DRIFTED = re.compile(r"""'[\[{]+"[^']*'""")
"""So is the value of a field of a spec, which may be JSON, whose own quotes are double ones."""


def _makes() -> dict[str, faults.Make]:
    """Every sample by name: the functions of the modules of samples that need no argument, and the table of causes."""
    found = {
        name: made
        for module in (faults, between_nodes, less_known, edge_faults, stranded, own_words)
        for name, made in inspect.getmembers(module, inspect.isfunction)
        if made.__module__ == module.__name__
        and inspect.signature(made).return_annotation is Observations
        and all(p.default is not p.empty for p in inspect.signature(made).parameters.values())
    }
    return {**found, **{f"cause {slug}": made for slug, made, *_ in CASES}}


MAKES = _makes()


def _written(cause: Cause) -> Iterator[str]:
    yield f"{cause.id}, {cause.confidence}: {cause.title}"
    yield from (f"  about {kind}: {name}" for kind, name in cause.subjects)
    yield from (f"  for: {text}" for text in cause.speaks_for)
    yield from (f"  against: {text}" for text in cause.against)
    yield from (
        f"  {name}: {text}" for name in ("command", "remedy", "undecided") if (text := getattr(cause, name))
    )


def _words(make: faults.Make) -> str:
    return "".join(f"{line}\n" for cause in diagnose(make()).causes for line in _written(cause))


def _read() -> dict[str, str]:
    blocks = re.split("^== ", WORDS.read_text(), flags=re.MULTILINE)[1:]
    return {name: text for name, _, text in (block.partition("\n") for block in blocks)}


@pytest.mark.parametrize("name", _read())
def test_the_words_are_those_written_down(name: str) -> None:
    """Title, observations, command and remedy of each sample's causes are word for word what was reviewed."""
    assert _words(MAKES[name]) == _read()[name]


def _texts(seen: Observations) -> Iterator[str]:
    for cause in diagnose(seen).causes:
        for field in fields(Cause):
            value = getattr(cause, field.name)
            if field.name in ("command", "remedy"):  # shell and Go templates have quotes of their own
                yield from re.findall(r"\b[A-Z]\w*\(\w+=[^)]*\)|<[\w.]+ object at|\bNone\b", value)
            elif field.name != "subjects":
                yield from (value,) if isinstance(value, str) else value
            else:
                yield from (name for pair in value for name in pair)


@pytest.mark.parametrize("name", MAKES)
def test_no_sample_s_cause_holds_a_repr(name: str) -> None:
    """What a sample's causes say is written for an operator, and never as Python writes a value."""
    _refuse_repr(MAKES[name]())


@pytest.mark.parametrize("fault", RECORDED)
def test_no_recorded_cause_holds_a_repr(fault: str) -> None:
    """Nor does anything that was said of a recorded fault."""
    for seen in recording(fault).values():
        _refuse_repr(seen)


def _refuse_repr(seen: Observations) -> None:
    texts = [DRIFTED.sub("", QUOTED.sub("", text)) for text in _texts(seen)]
    assert [text for text in texts if REPR.search(text)] == []


@pytest.mark.parametrize(
    "text",
    [
        "LinkObservation(direction='send')", "['a']", "{'message': 'no'}", "b'abc'", "<a.B object at 0x1>",
        "((30, 30) frames)", "('node', 'x')", "503 from None", "cookie given: False",
    ],
)  # fmt: skip
def test_a_repr_is_known_as_one(text: str) -> None:
    """The pattern finds each way in which Python writes a value that was ever seen in a cause."""
    assert REPR.search(text)


if __name__ == "__main__":
    WORDS.write_text("".join(f"== {name}\n{_words(make)}" for name, make in MAKES.items()))
