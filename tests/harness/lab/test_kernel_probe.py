"""What a kernel can do is asked with the host's modules at hand, as Docker will ask it, and a lab belongs to the answer."""

import json
import subprocess
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import docker.errors
import pytest

from lab.build import image_builds
from lab.cluster import image_store, lifecycle, nodes
from lab.cluster.deployment import stack_images
from lab.cluster.handle import Lab, Wanted
from lab.errors import InputError
from lab.host.progress import Reporter
from lab.host.state import LabState
from tests.harness.lab.test_cut_off import _own_state as _own_state
from tests.harness.stand_ins.fake_engine import FakeApi, FakeEngine, api_error, as_client

NO_MODULES = 'invalid mount config for type "bind": bind source path does not exist: /lib/modules'
"""What an engine says whose host has no such folder."""
STOCK = {"ipvs": True, "esp": True, "netem": True}
CIPHER = "aead rfc4106(gcm(aes)) 0x"


@dataclass
class Containers:
    """The containers of an engine: how they were asked for; a mount of modules is refused with `refusal`."""

    refusal: str = ""
    asked: list[Mapping[str, Any]] = field(default_factory=list)

    def create(self, image: str, command: list[str], **options: Any) -> "Containers":  # noqa: ANN401
        self.asked.append({"command": command, **options})
        if options["mounts"] and self.refusal:
            raise api_error(400, self.refusal)
        return self

    def start(self) -> None: ...
    def wait(self) -> dict[str, int]:
        return {"StatusCode": 0}

    def logs(self, **_: object) -> bytes:
        return json.dumps(STOCK).encode()

    def remove(self, **_: object) -> None: ...


@dataclass
class Engine(FakeEngine):
    containers: Containers = field(default_factory=Containers)


def test_the_probe_has_the_modules_of_the_nodes() -> None:
    """A kernel that was just booted has no IPVS loaded; whoever judges it must be able to load it, as the nodes are."""
    engine = Engine()
    prepared = image_store.prepare(as_client(engine), "node", True, None, [], {})
    assert prepared.kernel == STOCK
    (asked,) = engine.containers.asked
    (mount,) = asked["mounts"]
    assert (mount["Source"], mount["Target"], mount["Type"], mount["ReadOnly"]) == (
        "/lib/modules", "/lib/modules", "bind", True,
    )  # fmt: skip


def test_a_host_without_modules_is_probed_without() -> None:
    """The engine says that its host has none, be it this machine or another; any other refusal is an error."""
    engine = Engine(containers=Containers(NO_MODULES))
    assert image_store.prepare(as_client(engine), "node", True, None, [], {}).kernel == STOCK
    assert [len(each["mounts"]) for each in engine.containers.asked] == [1, 0]
    with pytest.raises(docker.errors.APIError, match="no space left"):
        image_store.prepare(
            as_client(Engine(containers=Containers("no space left"))), "node", True, None, [], {}
        )


def test_nodes_and_probe_load_the_same_and_first() -> None:
    """One list: what is probed is what the nodes will have, and an engine starts after it is loaded."""
    loaded = nodes.LOAD_MODULES.read_text()
    for script in (nodes.ENTRYPOINT, image_store.PREPARE):
        assert nodes.loading_modules(script).startswith(loaded)
        assert "modprobe" not in script.read_text()


WORKING = {
    "ip": f'case "$*" in -V) echo iproute2;; *"xfrm state"*) case "$*" in *"{CIPHER}"*) ;; *) exit 1;; esac;; esac',
    "tc": "", "iptables": "", "modprobe": "",
}  # fmt: skip
"""Programs of a kernel that has everything; of ESP only the cipher that Docker's overlays use."""


def probed(folder: Path, **other: str) -> tuple[dict[str, bool | None], list[str]]:
    """What the script says with such programs, and what it asked of them, in order."""
    for name, body in {**WORKING, **other}.items():
        (folder / name).write_text(f'#!/bin/sh\necho "{name} $*" >>{folder}/asked\n{body}\n')
        (folder / name).chmod(0o755)
    done = subprocess.run(
        ["sh", "-c", nodes.loading_modules(image_store.PREPARE), "prepare", "/nowhere", "", ""],
        env={"PATH": f"{folder}:/usr/bin:/bin"}, text=True, stdout=subprocess.PIPE, check=True,
    )  # fmt: skip
    return json.loads(done.stdout), (folder / "asked").read_text().splitlines()


def test_modules_are_loaded_before_anything_is_judged(tmp_path: Path) -> None:
    """IPVS with the scheduler that Docker uses, ESP with its cipher, and what the overlay's rules need."""
    _, asked = probed(tmp_path)
    loads = [line.split()[-1] for line in asked if line.startswith("modprobe ")]
    assert asked[: len(loads)] == [line for line in asked if line.startswith("modprobe ")]
    wanted = "ip_vs ip_vs_rr xt_ipvs xfrm_user esp4 gcm xt_policy xt_bpf vxlan br_netfilter overlay sch_netem"
    assert set(wanted.split()) <= set(loads)


def test_the_kernel_is_asked_for_the_cipher_of_dockers_overlays(tmp_path: Path) -> None:
    """A kernel with ESP that lacks this cipher carries no encrypted overlay, and one that has it needs no other."""
    facts, asked = probed(tmp_path)
    assert facts["esp"] is True
    (state,) = [line for line in asked if line.startswith("ip xfrm state")]
    key, bits = state.split()[-2:]
    assert (len(key.removeprefix("0x")), bits) == (40, "64"), (
        "16 bytes of key, 4 of salt; a check value of 64 bits"
    )
    lacking, _ = probed(tmp_path, ip='case "$*" in -V) echo iproute2;; *"xfrm state"*) exit 1;; esac')
    assert lacking["esp"] is False


@pytest.mark.parametrize(
    ("refused", "esp"), [("-m policy", False), ("-m bpf", True), ("-m u32", True), ("-m [bu]", False)]
)
def test_an_encrypted_overlay_needs_its_rules_too(refused: str, esp: bool, tmp_path: Path) -> None:
    """What is not marked leaves in the clear, and Docker makes no such network: marked by bpf, or by u32."""
    facts, _ = probed(
        tmp_path, iptables=f'case "$*" in *{refused.replace(" ", chr(92) + " ")}*) exit 1;; esac'
    )
    assert facts["esp"] is esp


LOST = "the kernel's ipvs: there when it was made, missing now"


@pytest.mark.parametrize(("now", "said"), [({**STOCK, "ipvs": False}, LOST), (STOCK, "")])
def test_a_lab_belongs_to_the_kernel_that_it_was_fitted_to(
    now: dict[str, bool], said: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    """One that was rendered without VIPs is not used on once the module is loaded, nor the other way round."""
    wanted = Wanted(name="mine", with_images=False)
    refs = [image_builds.tag(name) for name in stack_images(wanted)]
    print_ = lifecycle.fingerprint(wanted, refs, STOCK)
    described = LabState("mine", "kept", print_, "", "", "", {"translation01": "172.28.0.11"}, STOCK, False)
    present = Lab(as_client(FakeEngine(FakeApi())), described)
    monkeypatch.setattr(image_store, "prepare", lambda *_: image_store.Prepared(now, True, True))
    monkeypatch.setattr(lifecycle, "repair", lambda lab, *_: lab)
    monkeypatch.setattr(lifecycle, "usable", lambda *_: present)
    assert lifecycle.matches(present.host, wanted) is not bool(said)
    if not said:
        assert lifecycle._used(present, wanted, refs, Reporter()) is present
        return
    with pytest.raises(InputError, match=said):
        lifecycle._used(present, wanted, refs, Reporter())


def test_another_kernel_is_another_fingerprint() -> None:
    """In whichever order its abilities are listed."""
    wanted = Wanted()
    same = dict(reversed(STOCK.items()))
    assert lifecycle.fingerprint(wanted, [], STOCK) == lifecycle.fingerprint(wanted, [], same)
    assert lifecycle.fingerprint(wanted, [], STOCK) != lifecycle.fingerprint(
        wanted, [], {**STOCK, "esp": None}
    )
