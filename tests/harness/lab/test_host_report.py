"""What a host has and lacks is said in a line each, with what a lack leaves out; what cannot be asked is not known."""

import re
from collections.abc import Mapping
from pathlib import Path

import docker.errors
import pytest

from lab.cluster import image_store, nodes
from lab.cluster.image_store import Prepared
from lab.errors import EngineError
from lab.host import preflight
from lab.tools import host_commands, host_report
from lab.tools.host_report import Ability
from tests.harness.lab.test_cut_off import _own_state as _own_state
from tests.harness.lab.test_kernel_probe import NO_MODULES
from tests.harness.stand_ins.command_line import ended, serve
from tests.harness.stand_ins.fake_engine import api_error, as_client

WHOLE = dict.fromkeys(host_report.OF_THE_KERNEL, True)
NONE_OF_IT = dict.fromkeys(host_report.OF_THE_KERNEL, False)
NAMES = [
    "engine", "cgroup version 2", "privileged containers", "modules in /lib/modules",
    *(name for name, *_ in host_report.OF_THE_KERNEL.values()), "KVM",
]  # fmt: skip


class Engine:
    """An engine as it describes itself, whose host has modules or not."""

    def __init__(self, cgroup: str, *, modules: bool) -> None:
        self.cgroup, self.modules, self.made = cgroup, modules, list[str]()
        self.api = self

    def info(self) -> dict[str, str]:
        return {"CgroupVersion": self.cgroup}

    def version(self) -> dict[str, str]:
        return {"Version": "28.1", "ApiVersion": "1.49"}

    def create_host_config(self, mounts: list[object], network_mode: str) -> list[object]:
        return mounts

    def create_container(self, image: str, host_config: list[object], **_: object) -> dict[str, str]:
        if host_config and not self.modules:
            raise api_error(400, NO_MODULES)
        self.made.append("probe")
        return {"Id": "probe"}

    def remove_container(self, id_: str, force: bool) -> None:
        self.made.remove(id_)


@pytest.fixture(autouse=True)
def _kvm(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(host_report, "KVM", tmp_path)
    monkeypatch.setattr(preflight, "has_virtualisation", lambda: True)


def asked(
    monkeypatch: pytest.MonkeyPatch,
    engine: Engine,
    kernel: Mapping[str, bool | None],
    privileged: bool = True,
) -> dict[str, Ability]:
    monkeypatch.setattr(nodes, "can_be_privileged", lambda *_: privileged)
    monkeypatch.setattr(image_store, "prepare", lambda *_: Prepared(kernel, True, True))
    found = host_report.abilities(as_client(engine))
    assert [each.what for each in found] == NAMES
    assert not engine.made, "a probe's container was left behind"
    return {each.what: each for each in found}


def test_a_host_that_has_all(monkeypatch: pytest.MonkeyPatch) -> None:
    """Each line says what it is good for."""
    found = asked(monkeypatch, Engine("2", modules=True), WHOLE)
    assert all(each.has for each in found.values())
    assert str(found["engine"]) == "has: engine: Docker 28.1, API 1.49"
    assert str(found["IPVS"]).startswith("has: IPVS: service addresses (VIPs) and the ingress mesh work")


def test_a_host_that_lacks_all(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    """Each lack is one line, and says what it leaves out."""
    monkeypatch.setattr(host_report, "KVM", tmp_path / "kvm")
    found = asked(monkeypatch, Engine("1", modules=False), NONE_OF_IT, privileged=False)
    lines = [str(each) for each in found.values() if each.what != "engine"]
    assert all(re.fullmatch(r"lacks: [^:]+: .+", line) for line in lines), lines
    exercised = {
        each.what for each in found.values() if "not exercised" in each.text or "made plain" in each.text
    }
    assert exercised == set(NAMES) - {"engine", "modules in /lib/modules", "KVM"}


def test_what_cannot_be_asked_is_not_known(monkeypatch: pytest.MonkeyPatch) -> None:
    """Before the first lab there is no image to ask with; a container that fails is one line with its error."""

    def missing(*_: object) -> bool:
        raise docker.errors.ImageNotFound("no such image")

    monkeypatch.setattr(nodes, "can_be_privileged", missing)
    found = host_report.abilities(as_client(Engine("", modules=True)))
    assert [each.what for each in found] == NAMES
    unknown = [each for each in found if each.has is None]
    assert len(unknown) == len(NAMES) - 2
    assert all("is not on this engine yet; the first lab makes it" in each.text for each in unknown[1:])

    def failing(*_: object) -> bool:
        raise EngineError("preparing failed\nwith 2 lines")

    monkeypatch.setattr(nodes, "can_be_privileged", failing)
    (kernel,) = [
        each for each in host_report.abilities(as_client(Engine("2", modules=True))) if each.has is None
    ]
    assert str(kernel).startswith("not known: the nodes' kernel: a container of jbcalling-lab/node:")
    assert str(kernel).endswith("could not be asked: preparing failed with 2 lines")


def test_the_command_says_them_before_its_verdict(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    """A person reads what is left out also where the machine can carry a lab."""
    serve(as_client(Engine("2", modules=True)), monkeypatch)
    monkeypatch.setattr(host_commands, "with_preflight", lambda host, wanted: None)
    monkeypatch.setattr(
        host_report, "abilities", lambda host: (Ability("KVM", False, "none"), Ability("u32", True, "yes"))
    )
    assert ended(["check"]) == 0
    assert capsys.readouterr().out.splitlines() == [
        "lacks: KVM: none",
        "has: u32: yes",
        "this machine can carry a lab",
    ]
    assert ended(["check", "-q"]) == 0
    assert capsys.readouterr().out == ""
