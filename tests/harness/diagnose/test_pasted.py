"""Commands and remedies of every cause, with hostile names of services, nodes, networks, hosts and tasks: pasted whole
into a real shell they make no file, and a name that is an argument arrives whole."""

import dataclasses
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from fixtures.diagnose.engine import diagnose
from tests.harness.diagnose.test_texts import MAKES
from tests.harness.stand_ins.recording_shell import SHELLS, RecordingShell

EVIL = "$(touch X)'`touch X`\";touch X\n|touch X>X&#!!-"
NAMES = ("translation", "jbcalling.site", "foreign.example")


def evil(value: Any) -> Any:  # noqa: ANN401 - any part of observations
    """The same observations in a cluster whose names hold what no shell may carry out."""
    if isinstance(value, str) and type(value) is str:
        for name in NAMES:
            value = value.replace(name, f"{name}{EVIL}")
        return value
    if dataclasses.is_dataclass(value) and not isinstance(value, type):
        fields = [field.name for field in dataclasses.fields(value) if field.init]
        return dataclasses.replace(value, **{name: evil(getattr(value, name)) for name in fields})
    if isinstance(value, Mapping):
        return {evil(key): evil(each) for key, each in value.items()}
    if isinstance(value, tuple) and type(value) is tuple:
        return tuple(map(evil, value))
    return value


def test_what_a_cause_says_can_be_pasted(tmp_path: Path) -> None:
    """Every sample of every cause; some of their commands call docker with a hostile name."""
    pasted, lines = RecordingShell(tmp_path, SHELLS[-1]), dict[str, str]()
    for name, make in MAKES.items():
        for cause in diagnose(evil(make())).causes:
            lines |= {cause.command: name, cause.remedy: name}
    with_name = 0
    for line, name in lines.items():
        calls = pasted.run(line)
        assert pasted.made == [], f"{name}: {line}"
        with_name += any(EVIL in word for call in calls for word in call)
    assert len(lines) > 60
    assert with_name > 30
