"""What a guest needs of its host, what it is given of the project, and that the host is left as it was."""

import dataclasses
import tarfile
from pathlib import Path

import pytest

from lab.errors import PreflightError
from lab.host import state
from lab.host.ownership import CACHE, DISK_LABEL, LABEL
from lab.kernel import disk, last_runs, mappings
from lab.tools import kernel_command
from tests.harness.stand_ins.fake_engine import FakeApi, FakeEngine, as_client

GIB = 1 << 30


@pytest.fixture
def setting(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_STATE_HOME", str(tmp_path))
    file = tmp_path / "max_map_count"
    file.write_text("65530\n")
    return file


def test_the_setting_is_raised_and_put_back(setting: Path) -> None:
    """Also where the run fails."""

    def failing() -> None:
        with mappings.raised(setting):
            assert int(setting.read_text()) == mappings.WANTED
            raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        failing()
    assert setting.read_text() == "65530\n"
    assert not (state.home() / mappings.NOTE).exists()


def test_a_setting_that_is_high_enough_is_left(setting: Path) -> None:
    """Whoever set it wants it so."""
    setting.write_text("2000000\n")
    with mappings.raised(setting):
        assert setting.read_text() == "2000000\n"
    assert setting.read_text() == "2000000\n"


def test_the_next_run_puts_back_what_a_killed_one_raised(setting: Path) -> None:
    """The note of what was found first outlives it."""
    killed = mappings.raised(setting)
    killed.__enter__()
    with mappings.raised(setting):
        assert int(setting.read_text()) == mappings.WANTED
    assert setting.read_text() == "65530\n"


def test_who_may_not_raise_it_is_told_how(setting: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """One line, with the command."""

    def refused(self: Path, *_: object) -> int:
        raise PermissionError(13, "Permission denied", str(self))

    monkeypatch.setattr(Path, "write_text", refused)
    with pytest.raises(PreflightError) as failed, mappings.raised(setting):
        pytest.fail("it was not raised")
    assert str(failed.value) == (
        "vm.max_map_count: it is 65530, 1000000 wanted, and it cannot be set (Permission denied): "
        "sudo sysctl -w vm.max_map_count=1000000"
    )


@pytest.mark.parametrize(
    ("url", "disk_free", "memory", "said"),
    [
        ("http+docker://localhost", 20 * GIB, 9 * GIB, ""),
        ("http+docker://localhost", None, None, ""),
        ("http+docker://localhost", 19 * GIB, 9 * GIB, "disk: 19 GiB free under Docker's data root, 20 wanted by a guest"),
        ("http+docker://localhost", 20 * GIB, 8 * GIB, "memory: 8 GiB available, 9 wanted by a guest"),
        ("http://elsewhere.test:2375", 20 * GIB, 9 * GIB,
         "kernel: the engine is on another machine, whose settings cannot be read: run it there"),
    ],
)  # fmt: skip
def test_what_the_host_lacks(url: str, disk_free: int | None, memory: int | None, said: str) -> None:
    """A line for each lack, before anything is built."""
    if not said:
        kernel_command.check(url, disk_free, memory)
        return
    with pytest.raises(PreflightError) as failed:
        kernel_command.check(url, disk_free, memory)
    assert str(failed.value) == said


@pytest.mark.parametrize(
    ("words", "run"),
    [
        ([], ["-m", "lab"]),
        (["-k", "call"], ["-m", "lab", "-k", "call"]),
        (["-m", "sabotage"], ["-m", "sabotage"]),
        (["-msabotage"], ["-msabotage"]),
        (["--maxfail=1"], ["-m", "lab", "--maxfail=1"]),
    ],
)
def test_the_criteria_unless_another_marker_is_named(words: list[str], run: list[str]) -> None:
    """As `./accept lab` does."""
    assert kernel_command.of_pytest(words, disk.BY_KVM) == [
        "python", "-m", "pytest", *run, "--evidence=/host/output/evidence", "--junitxml=/host/output/junit.xml",
    ]  # fmt: skip


@pytest.mark.parametrize(
    ("name", "brought"), [("lab/errors.py", True), ("fixtures/report", True), ("lab/__pycache__", False)]
)
def test_what_is_brought_into_the_guest(name: str, brought: bool) -> None:
    """The project without what tools and runs leave there; all of it root's."""
    member = tarfile.TarInfo(f"project/{name}")
    member.uid = 1000
    found = disk.brought(member)
    assert (found is not None) == brought
    assert found is None or (found.uid, found.gid) == (0, 0)


@pytest.mark.parametrize(
    ("kind", "removed"), [("guest", ["old"]), ("guest-stock", ["stock"]), ("", ["new", "old", "stock"])]
)
def test_a_new_disk_takes_the_place_of_one_of_its_kind(kind: str, removed: list[str]) -> None:
    """The other kind of guest took minutes to fill, and is wanted again; `prune` removes them all. Others' volumes stay."""

    def labels(of: str) -> dict[str, str]:
        return {LABEL: CACHE, DISK_LABEL: of}

    volumes = {
        "old": labels("guest"),
        "new": labels("guest"),
        "stock": labels("guest-stock"),
        "store": {LABEL: CACHE},
        "a": {},
    }
    api = FakeApi({"volume": volumes})
    keep = {"new"} if kind == "guest" else set[str]()
    assert sorted(disk.remove_disks(as_client(FakeEngine(api)), kind, keep)) == removed
    assert sorted(api.removed) == [f"volume {name}" for name in removed]


JUNIT = """<?xml version="1.0"?><testsuites><testsuite tests="9" failures="2" errors="1" skipped="3"/></testsuites>"""


def test_what_a_run_came_to(tmp_path: Path) -> None:
    """An error is no pass, and what was not exercised is none either."""
    (tmp_path / "junit.xml").write_text(JUNIT)
    assert last_runs.counted(tmp_path / "junit.xml") == (3, 3, 3)


def test_a_run_is_kept_in_the_place_of_the_last_one(tmp_path: Path) -> None:
    """Of the same command in the same kind of guest; others stay."""
    file = tmp_path / "kernels.json"
    first = last_runs.Run(
        "-m lab", "process", "7.2", "26.1", "2", True, "2026-01-01", "abc", 5, 0, 1, 60, "0"
    )
    other = dataclasses.replace(first, command="-m sabotage")
    for run in (first, other, dataclasses.replace(first, passed=6)):
        last_runs.keep(run, file)
    assert last_runs.known(file) == (dataclasses.replace(first, passed=6), other)
    assert last_runs.known(tmp_path / "none.json") == ()


def test_the_hash_of_the_labs_code(tmp_path: Path) -> None:
    """Another text or another name of a program is another lab; a picture is not."""
    (tmp_path / "a.py").write_text("1")
    before = last_runs.of_the_lab(tmp_path)
    (tmp_path / "b.png").write_text("1")
    assert last_runs.of_the_lab(tmp_path) == before
    (tmp_path / "a.py").write_text("2")
    changed = last_runs.of_the_lab(tmp_path)
    (tmp_path / "a.py").rename(tmp_path / "c.py")
    assert len({before, changed, last_runs.of_the_lab(tmp_path)}) == 3


def test_the_record_speaks_of_this_lab() -> None:
    """Where the lab's code changed since, the last run in a guest says nothing certain about it any more."""
    runs = [each for each in last_runs.known() if each.command == "-m lab"]
    assert runs, "no run in a guest is on record: ./accept kernel --record"
    stale = [f"{each.date} at {each.commit}" for each in runs if each.lab != last_runs.of_the_lab()]
    if stale:
        pytest.skip(
            f"not exercised: the lab's code changed since the run in a guest of {stale[0]}: ./accept kernel --record"
        )


@pytest.mark.parametrize(
    ("flags", "worth"), [("fpu vmx sse", True), ("fpu svm", True), ("fpu vmxe", False), ("", False)]
)
def test_kvm_is_asked_where_the_processor_has_it(
    flags: str, worth: bool, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """The device alone says nothing."""
    monkeypatch.setattr(kernel_command, "KVM", str(tmp_path))
    (tmp_path / "cpuinfo").write_text(f"processor : 0\nflags : {flags}\n")
    assert kernel_command.has_virtualisation(tmp_path / "cpuinfo") == worth
    monkeypatch.setattr(kernel_command, "KVM", str(tmp_path / "none"))
    assert not kernel_command.has_virtualisation(tmp_path / "cpuinfo")
