"""What a lab changed in a stack file, as it is kept beside the lab."""

import subprocess
from pathlib import Path

import pytest

from lab.adapt import changes
from lab.adapt.changes import Change, Kind

PREPARE = Path(changes.__file__).parents[1] / "cluster" / "prepare.sh"


def test_what_is_written_is_read_again() -> None:
    """Kind and text of each, in order, whatever stands in the text."""
    made = (Change(Kind.ENCRYPTION, "network a: b: c"), Change(Kind.ADDRESS, "sfu: IP 1 -> 2"))
    assert changes.read(changes.written(made)) == made
    assert changes.read("") == ()


def test_a_line_of_no_known_kind_is_an_error() -> None:
    """It is of another version of the lab: a change that nobody understands is not passed over."""
    with pytest.raises(ValueError, match="vip -> dnsrr"):
        changes.read("vip -> dnsrr\n")


def test_the_kernel_is_asked_for_the_cipher_of_dockers_overlays(tmp_path: Path) -> None:
    """A kernel with ESP that lacks this cipher carries no encrypted overlay, and one that has it needs no other."""
    for name, body in {
        "ip": f'echo "$*" >>{tmp_path}/asked\ncase "$*" in *"aead rfc4106(gcm(aes)) 0x"*) exit 0;; *) exit 1;; esac',
        "tc": "exit 1", "iptables": "exit 1", "modprobe": "exit 1",
    }.items():  # fmt: skip
        (tmp_path / name).write_text(f"#!/bin/sh\n{body}\n")
        (tmp_path / name).chmod(0o755)
    done = subprocess.run(
        ["sh", str(PREPARE), "/nowhere", ""], env={"PATH": f"{tmp_path}:/usr/bin:/bin"}, text=True,
        stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    assert '"esp":true' in done.stdout
    (state,) = [line for line in (tmp_path / "asked").read_text().splitlines() if line.startswith("xfrm")]
    key, bits = state.split()[-2:]
    assert (len(key.removeprefix("0x")), bits) == (40, "64"), (
        "16 bytes of key, 4 of salt; a check value of 64 bits"
    )
