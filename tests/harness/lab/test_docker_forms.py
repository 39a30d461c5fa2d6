"""Our reading of stack files and Docker's are one: its client is asked about every form of `stacks/forms`, where it is there.

Forms of services that we take go into one file, each as a service of its own, so that a single call answers for all.
"""

from collections import defaultdict
from collections.abc import Callable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from lab.compose import docker_config, reading
from lab.errors import InputError
from tests.harness.samples.compose_forms import FILES, OBJECTS, SERVICES, VARIABLES, WHOLE, one, stack_of
from tests.harness.stand_ins.docker_client import Client, Document

PROGRAM = docker_config.client()
needs_client = pytest.mark.skipif(
    PROGRAM is None, reason="not exercised: no docker client of version 25 or later on the PATH"
)
AT_ONCE = 4


@pytest.fixture
def client() -> Client:
    return Client(PROGRAM or "", VARIABLES)


@pytest.fixture
def write(tmp_path: Path) -> Callable[[str, str], Path]:
    """Writes a stack file of that name beside the env files."""
    for name, text in FILES.items():
        (tmp_path / name).write_bytes(text.encode())

    def written(name: str, text: str) -> Path:
        path = tmp_path / f"{name}.yml"
        path.write_bytes(text.encode())
        return path

    return written


def ours(files: Sequence[Path]) -> Document | str:
    """What our reader makes of the files, or its refusal."""
    try:
        return reading.as_written(files, VARIABLES).document
    except InputError as error:
        return str(error)


def taken(write: Callable[[str, str], Path]) -> list[str]:
    """The forms of services that our reader takes."""
    found = []
    for form in SERVICES:
        if isinstance(ours([write("form", f"services:\n{one(form)}{OBJECTS}")]), dict):
            found.append(form)
    return found


def differences(found: Any, wanted: Any, at: tuple[object, ...] = ()) -> Iterator[str]:  # noqa: ANN401 - any YAML
    """A line for each place where two documents differ."""
    if isinstance(found, dict) and isinstance(wanted, dict):
        for key in {**found, **wanted}:
            yield from differences(found.get(key, "nothing"), wanted.get(key, "nothing"), (*at, key))
    elif found != wanted or type(found) is not type(wanted):
        yield f"{'.'.join(map(str, at))}: Docker has {str(wanted)[:80]}, we have {str(found)[:80]}"


@needs_client
def test_docker_reads_every_service_that_we_take_as_we_do(
    write: Callable[[str, str], Path], client: Client
) -> None:
    """Hundreds of forms of its keys come to the same values."""
    forms = taken(write)
    assert len(forms) > 300
    path = write("all", stack_of(forms))
    wanted, found = client.config([path]), ours([path])
    assert isinstance(wanted, dict), wanted
    assert list(differences(found, wanted)) == []


@needs_client
def test_docker_refuses_every_service_that_we_refuse(
    write: Callable[[str, str], Path], client: Client
) -> None:
    """None is refused that it would deploy."""
    ours_takes = set(taken(write))
    forms = [form for form in SERVICES if form not in ours_takes]
    assert len(forms) > 150
    paths = [write(f"r{number}", f"services:\n{one(form)}{OBJECTS}") for number, form in enumerate(forms)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda path: client.config([path]), paths))
    assert [form for form, answer in zip(forms, answers, strict=True) if isinstance(answer, dict)] == []


@needs_client
def test_docker_reads_every_file_as_we_do(write: Callable[[str, str], Path], client: Client) -> None:
    """Versions, sections, anchors, merge keys, tags, quotes and documents: the same are taken, with the same values."""
    paths = [write(f"f{number}", text) for number, text in enumerate(WHOLE)]
    with ThreadPoolExecutor(AT_ONCE) as pool:
        answers = list(pool.map(lambda path: client.config([path]), paths))
    wrong: list[str] = []
    for text, path, answer in zip(WHOLE, paths, answers, strict=True):
        found = ours([path])
        if isinstance(found, dict) != isinstance(answer, dict):
            wrong.append(f"{text[:80]}: we: {str(found)[:80]}, Docker: {str(answer)[:80]}")
        wrong += (
            [f"{text[:80]}: {line}" for line in differences(found, answer)] if isinstance(found, dict) else []
        )
    assert not wrong, "\n".join(wrong)


def by_key(forms: Sequence[str]) -> Mapping[str, list[str]]:
    found: dict[str, list[str]] = defaultdict(list)
    for form in forms:
        found[form.partition(":")[0]].append(form)
    return found


@needs_client
@pytest.mark.parametrize("shift", [0, 1, 2, 5])
def test_docker_lays_services_over_each_other_as_we_do(
    shift: int, write: Callable[[str, str], Path], client: Client
) -> None:
    """Each form over itself and over others of its key."""
    pairs = [
        (form, forms[(number + shift) % len(forms)])
        for forms in by_key(taken(write)).values()
        for number, form in enumerate(forms)
    ]
    files = [
        write("base", stack_of([a for a, _ in pairs])),
        write("over", stack_of([b for _, b in pairs], "")),
    ]
    wanted, found = client.config(files), ours(files)
    assert isinstance(wanted, dict), wanted
    assert list(differences(found, wanted)) == []


ENTRIES = {
    "networks": ("{}", "{driver: a, driver_opts: {a: b}}", "{driver_opts: {c: d}, labels: {a: b}}", "{external: true}",
                 "{internal: true, attachable: true, name: z}", "{ipam: {driver: q}}"),
    "volumes": ("{}", "{driver: a, driver_opts: {a: b}}", "{labels: [a]}", "{external: true}", "{x-cluster-spec: {group: g}}"),
    "configs": ("{file: a, labels: {a: b}}", "{file: b}", "{external: true}", "{file: c, name: z}"),
    "secrets": ("{file: a}", "{driver: b, driver_opts: {a: b}}", "{driver: c}", "{external: {name: z}}"),
}  # fmt: skip


@needs_client
@pytest.mark.parametrize("section", ENTRIES)
def test_docker_lays_objects_over_each_other_as_we_do(
    section: str, write: Callable[[str, str], Path], client: Client
) -> None:
    """Each pair of two forms of an entry, and one that only one file has."""
    pairs = [(a, b) for a in ENTRIES[section] for b in ENTRIES[section]]
    files = [
        write(name, f"services: {{{name}: {{image: x}}}}\n{section}:\n"
              + "".join(f"  n{n}: {p[at]}\n" for n, p in enumerate(pairs))
              + f"  {name}: {pairs[-1][at]}\n")
        for at, name in enumerate(("base", "over"))
    ]  # fmt: skip
    wanted, found = client.config(files), ours(files)
    assert isinstance(wanted, dict), wanted
    assert list(differences(found, wanted)) == []


@needs_client
def test_docker_refuses_files_of_different_versions_too(
    write: Callable[[str, str], Path], client: Client
) -> None:
    """None at all is the newest."""
    files = [
        write("base", "services: {a: {image: x}}\n"),
        write("over", 'version: "3.12"\nservices: {a: {image: y}}\n'),
    ]
    assert "version mismatched" in str(client.config(files))
    assert f"{files[1]}:1: version: 3.12, and {files[0]} has 3.13" in str(ours(files))
