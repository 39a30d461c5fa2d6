"""`./accept completion SHELL`: the shells themselves read the scripts."""

import shutil
import subprocess
from pathlib import Path

import pytest

from fixtures.commands.work_arguments import SHELLS
from fixtures.door import completion
from fixtures.door.commands import COMMANDS
from tests.harness.stand_ins.bare_host import BareHost

COMPLETES = (
    'source "$1"; shift; COMP_WORDS=("$@"); COMP_CWORD=$(($# - 1)); _accept; printf "%s\\n" "${COMPREPLY[@]}"'
)


def offered(tmp_path: Path, *words: str) -> list[str]:
    """What bash offers for the last of the words."""
    script = tmp_path / "accept.bash"
    script.write_text(completion.script("bash"))
    done = subprocess.run(
        ["bash", "-c", COMPLETES, "bash", script, *words], capture_output=True, text=True, check=True
    )
    assert done.stderr == ""
    return done.stdout.split()


def test_bash_completes_commands_options_and_choices(tmp_path: Path) -> None:
    """At each place what may stand there, and nothing that does nothing there."""
    assert offered(tmp_path, "./accept", "sta") == ["static", "status"]
    assert set(COMMANDS) <= set(offered(tmp_path, "./accept", ""))
    assert offered(tmp_path, "./accept", "lab", "--i") == ["--images", "--inside"]
    assert offered(tmp_path, "./accept", "smoke", "--i") == []
    assert offered(tmp_path, "./accept", "--no-install", "fault", "i") == ["inject"]
    assert offered(tmp_path, "./accept", "up", "--no") == ["--no-install", "--no-stack", "--nodes"]


@pytest.mark.parametrize("shell", SHELLS)
def test_each_shell_can_read_its_script(shell: str, tmp_path: Path) -> None:
    """Parsed by the shell itself, where it is installed; every command stands in it."""
    host = BareHost(tmp_path)
    assert host.accept("completion", shell) == []
    assert (host.status, host.said, host.printed) == (0, "", completion.script(shell))
    assert [name for name in COMMANDS if name not in host.printed] == []
    if shutil.which(shell) is None:
        pytest.skip(f"not exercised: {shell} is not installed here")
    script = tmp_path / "script"
    script.write_text(host.printed)
    done = subprocess.run([shell, "-n", script], capture_output=True, text=True, check=False)
    assert (done.returncode, done.stderr) == (0, "")
