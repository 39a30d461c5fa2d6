"""The `accept` script on machines that lack something, and on one that lacks nothing; no real engine is touched."""

import re
from pathlib import Path

import pytest

from tests.harness.stand_ins.bare_host import BareHost

debian = pytest.mark.skipif(
    not Path("/etc/debian_version").exists(), reason="not exercised: packages are installed on Debian only"
)
SET_UP = [
    "python3 -m venv .venv",
    "python -m pip install --no-compile --disable-pip-version-check --progress-bar on -q --require-hashes -r requirements.txt",
]
LAB = ["python -m lab images --check", "python -m pytest -m lab"]
LAB += ["word -m", "word pytest", "word -m", "word lab"]


@pytest.fixture
def host(tmp_path: Path) -> BareHost:
    return BareHost(tmp_path)


def test_an_old_python_is_refused_in_one_line(host: BareHost) -> None:
    """What is wanted and how to get it; nothing is made."""
    assert host.accept("lab", OLD="1") == []
    assert host.status == 11
    assert host.said.startswith("accept: no Python 3.11 or newer on the PATH: install one")
    assert host.said.count("\n") == 1


def test_no_python_at_all_is_the_same(host: BareHost) -> None:
    """A machine without any."""
    (host.folder / "bin" / "python3").unlink()
    host.accept("lab")
    assert (host.status, host.said.count("\n")) == (11, 1)


def test_the_first_run_sets_up_and_the_second_does_not(host: BareHost) -> None:
    """The second goes straight to the engine, the images and pytest."""
    assert host.accept("lab") == SET_UP + LAB
    assert host.status == 0
    assert host.accept("lab") == LAB
    assert host.said == ""


def test_changed_requirements_are_installed(host: BareHost) -> None:
    """A pull that changes a pin does not run with the old packages."""
    host.accept("lab")
    (host.folder / "requirements.txt").write_text("pytest==9\n")
    assert host.accept("lab") == SET_UP + LAB


def test_an_environment_whose_python_is_gone_is_made_anew(host: BareHost) -> None:
    """The machine's Python was replaced under it."""
    host.accept("lab")
    (host.folder / ".venv" / "bin" / "python").unlink()
    assert host.accept("lab") == SET_UP + LAB


def test_a_failed_install_is_told_and_tried_again(host: BareHost) -> None:
    """Half an environment is never taken for a whole one."""
    assert host.accept("lab", PIP="1") == SET_UP
    assert host.status == 11
    assert "accept: the requirements could not be installed: is a package index reachable?" in host.said
    assert not host.ready
    assert host.accept("lab") == SET_UP + LAB


def test_no_venv_module_and_no_way_to_get_it(host: BareHost) -> None:
    """A user without root is told the package."""
    host.accept("lab", NO_VENV="1")
    assert host.status == 11
    assert (
        host.said.splitlines()[-1]
        == "accept: python3 cannot make a virtual environment: install python3-venv"
    )


@pytest.mark.parametrize("status", ["0", "1", "10", "11"])
def test_pytests_status_is_the_scripts(status: str, host: BareHost) -> None:
    """A pipeline sees what pytest said."""
    host.accept("lab", PYTEST=status)
    assert host.status == int(status)


def test_further_arguments_reach_pytest_whole(host: BareHost) -> None:
    """Also those with spaces and quotes in them."""
    calls = host.accept("lab", "-k", "call and not 'slow one'", "")
    assert calls[-7:] == [
        "word -m",
        "word pytest",
        "word -m",
        "word lab",
        "word -k",
        "word call and not 'slow one'",
        "word ",
    ]


def test_a_stack_file_is_judged_without_an_engine(host: BareHost) -> None:
    """Nothing but the virtual environment is set up; options and files reach the command whole."""
    host.engine.unlink()
    host.called_from = host.folder
    for name in ("a b.yml", "a.yml"):
        (host.folder / name).touch()
    judged = "python -P -m fixtures static a b.yml --format sarif"
    assert host.accept("static", "a b.yml", "--format", "sarif") == [*SET_UP, judged]
    assert host.status == 0
    assert "some 300 MB" in host.said
    assert host.accept("static", "--each", "a.yml") == ["python -P -m fixtures static --each a.yml"]
    assert host.said == ""


@pytest.mark.parametrize("status", ["0", "1", "4"])
def test_the_commands_status_is_the_scripts(status: str, host: BareHost) -> None:
    """0 nothing wrong, 1 an error found, 4 a file that cannot be used."""
    host.accept("static", STATIC=status)
    assert host.status == int(status)


def test_files_are_named_from_where_it_is_called(host: BareHost) -> None:
    """A hook calls it by its path, from another folder."""
    host.called_from = host.folder / "elsewhere"
    host.called_from.mkdir()
    (host.called_from / "stack.yml").touch()
    host.accept("static", "stack.yml")
    assert (host.folder / "static-from").read_text() == f"{host.called_from}\n{host.folder}\n"


def programs(calls: list[str]) -> list[str]:
    """What was run once all was set up, by name."""
    words = [call.split() for call in calls[len(SET_UP) + 1 :]]
    return [w[2] if w[:2] == ["python", "-m"] else w[0] for w in words if w[0] in ("python", "lint-imports")]


def test_everything_is_linters_then_our_own_tests_then_the_lab(host: BareHost) -> None:
    """`test` ends with the counts of all parts, and each part gets the further arguments."""
    calls = host.accept("test", "-x")
    assert programs(calls) == [
        "ruff",
        "ruff",
        "mypy",
        "lint-imports",
        "pytest",
        "pytest",
        "pytest",
        "fixtures",
    ]
    ours, labs, faults = [call for call in calls if call.startswith("python -m pytest")]
    assert ours.endswith("-m not lab and not sabotage -n 2 tests/harness -x")
    assert labs.endswith("-m lab or needs_lab -x")
    assert faults.endswith("-m sabotage_short or runbook_short -n 2 -x")


@pytest.mark.parametrize(
    ("harness", "lab", "status"),
    [
        ("0", "0", 0),
        ("1", "0", 1),
        ("0", "10", 10),
        ("1", "11", 1),
        ("5", "0", 0),
        ("0", "5", 0),
        ("5", "5", 5),
    ],
)
def test_either_part_fails_the_whole(harness: str, lab: str, status: int, host: BareHost) -> None:
    """The first failure's status; arguments that select nothing in one part are fine, in both they are not."""
    assert programs(host.accept("test", HARNESS=harness, PYTEST=lab))[-1] == "fixtures"
    assert host.status == status


@pytest.mark.parametrize("linter", ["MYPY", "FORMAT", "ARROWS"])
def test_a_linter_that_fails_ends_it(linter: str, host: BareHost) -> None:
    """Nothing is spent on a lab then."""
    calls = host.accept("test", **{linter: "1"})
    assert host.status == 1
    assert "pytest" not in programs(calls)


TOOLS = SET_UP[1].replace("requirements.txt", "requirements-tools.txt")


def test_mutants_needs_no_engine(host: BareHost) -> None:
    """The packages it needs besides are installed once; the engine and the images are not asked for."""
    assert host.accept("mutants", "judge", "--all") == [*SET_UP, TOOLS, "python -m tests.mutants judge --all"]
    assert host.accept("mutants") == ["python -m tests.mutants"]


def test_requirements_are_renewed(host: BareHost) -> None:
    """Every file, with hashes, and with the options given."""
    calls = host.accept("requirements", "--upgrade")
    assert calls[:3] == [*SET_UP, TOOLS]
    assert [call.split("--generate-hashes ")[1] for call in calls[3:]] == [
        "--upgrade --output-file requirements.txt requirements.in",
        "--upgrade --output-file requirements-tools.txt requirements-tools.in",
        "--upgrade --output-file lab/images/signaling/requirements.txt lab/images/signaling/requirements.in",
    ]
    assert host.status == 0


def test_requirements_that_cannot_be_renewed_are_reported(host: BareHost) -> None:
    """Which file, and a status that a script sees."""
    host.accept("requirements", UV="1")
    assert host.status == 11
    assert host.said.splitlines()[-1] == "accept: requirements.txt could not be made: uv's words stand above"


@pytest.mark.parametrize("status", ["1", "2"])
def test_images_that_cannot_be_built_end_it(status: str, host: BareHost) -> None:
    """Nothing is learned then, whatever the lab's own status was; and pytest is not begun."""
    assert host.accept("lab", IMAGES=status, IMAGES_MISSING="1")[-1] == "python -m lab images"
    assert host.status == 11


def test_no_engine_and_no_root_is_one_line(host: BareHost) -> None:
    """A user is told by the lab how to get one; no package manager is asked."""
    host.engine.unlink()
    host.install("apt-get", "dockerd")
    calls = host.accept("lab")
    assert host.status == 11
    assert host.said.splitlines()[-1] == "lab: no Docker engine answers"
    assert "apt-get" not in " ".join(calls)
    assert "dockerd" not in calls


@pytest.mark.parametrize("variable", ["DOCKER_HOST", "DOCKER_CONTEXT"])
def test_an_engine_that_was_named_is_never_replaced(variable: str, host: BareHost) -> None:
    """Root on Debian with an engine elsewhere that does not answer: another one would be the wrong one."""
    host.engine.unlink()
    host.install("apt-get", "dockerd", "systemctl")
    calls = host.accept("lab", USER_ID="0", **{variable: "elsewhere"})
    assert host.status == 11
    assert not [call for call in calls if "apt-get" in call or "dockerd" in call]


@debian
def test_root_on_debian_gets_an_engine(host: BareHost) -> None:
    """None installed and none running: it is installed, started, waited for and used."""
    host.engine.unlink()
    host.install("apt-get", "systemctl")
    (host.folder / "bin" / "apt-get").write_text(
        '#!/bin/sh\necho "apt-get $*" >> "$CALLS"\n' + BRINGS_DOCKERD
    )
    calls = host.accept("lab", USER_ID="0")
    assert host.status == 0, host.said
    done = [call for call in calls if "apt-get" in call or call == "dockerd"]
    assert done[:3] == [
        "apt-get update -q",
        "apt-get install -y -q --no-install-recommends docker.io iptables",
        "dockerd",
    ]
    assert "accept: starting the Docker engine; it stays up" in host.said


BRINGS_DOCKERD = 'cp "$(dirname "$0")/systemctl" "$(dirname "$0")/dockerd"\n'


@debian
def test_an_engine_that_does_not_come_is_told(host: BareHost) -> None:
    """It is waited for, not for ever."""
    host.engine.unlink()
    host.install("apt-get", "dockerd", "systemctl")
    host.accept("lab", USER_ID="0", DOCKERD_BROKEN="1")
    assert host.status == 11
    assert "accept: the Docker engine does not answer" in host.said


@debian
def test_packages_that_cannot_be_had_are_told(host: BareHost) -> None:
    """Which packages, and the last of apt-get's words."""
    host.engine.unlink()
    host.install("apt-get")
    host.accept("lab", USER_ID="0", APT="100")
    assert host.status == 11
    assert "accept: apt-get could not install docker.io iptables" in host.said
    (log,) = re.findall(r"\(log: (.*)\)", host.said)
    assert Path(log).parent == host.folder
    assert Path(log).stat().st_mode & 0o077 == 0, (
        "a log of root's that others can read, or whose name they knew"
    )


@debian
@pytest.mark.parametrize(("missing", "installed"), [("1", True), ("0", False)])
def test_what_makes_the_base_image_is_installed_when_it_is_needed(
    missing: str, installed: bool, host: BareHost
) -> None:
    """Root on Debian gets mmdebstrap, unless all images are there."""
    host.install("apt-get")
    calls = host.accept("lab", USER_ID="0", IMAGES_MISSING=missing)
    assert any("mmdebstrap" in call for call in calls) is installed
    assert host.status == 0
