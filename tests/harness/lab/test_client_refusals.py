"""What Docker's client refuses though the file reads well: where it stands, and in whose words it is told."""

from typing import Any

import pytest

from lab.compose import refusals

IDENTIFIER = "0123456789abcdef" * 4


def said_of(service: dict[str, Any], **sections: dict[str, Any]) -> list[tuple[tuple[str | int, ...], str]]:
    """What the client says of one service, and under which of its keys."""
    document = {"services": {"a": {"image": "x", "deploy": {}} | service}, **sections}
    return [(path[2:], reason) for path, reason in refusals.by_the_client(document)]


@pytest.mark.parametrize(
    "image",
    [
        "x",
        "r:5000/x:1",
        "r/x@sha256:" + "0" * 64,
        IDENTIFIER + ":1",
        "r.io/" + "a" * 255,
        "localhost/" + "a" * 255,
    ],
)
def test_an_image_that_is_a_reference(image: str) -> None:
    """The registry's host does not count for the length of the name."""
    assert said_of({"image": image}) == []


@pytest.mark.parametrize(
    ("image", "said"),
    [
        (None, refusals.NO_IMAGE),
        ("X", "X: invalid reference format: write repository:tag in lower case"),
        (
            "postgres:",
            "postgres:: invalid reference format: write repository:tag in lower case; is a variable in it not set?",
        ),
        (
            "shop/:1",
            "shop/:1: invalid reference format: write repository:tag in lower case; is a variable in it not set?",
        ),
        (IDENTIFIER, f"{IDENTIFIER}: invalid reference format: write repository:tag in lower case"),
        ("a" * 256, f"{'a' * 256}: repository name must not be more than 255 characters"),
        ("a" * 200 + "/" + "b" * 55, "repository name must not be more than 255 characters"),
        ("r.io/" + "a" * 256 + ":1", "repository name must not be more than 255 characters"),
        ("r:5000/" + "a" * 256, "repository name must not be more than 255 characters"),
    ],
)
def test_an_image_that_is_none(image: str | None, said: str) -> None:
    """Without a reference, with an identifier for one, or with too long a name."""
    ((path, reason),) = said_of({"image": image})
    assert path == ("image",)
    assert reason.endswith(said)


@pytest.mark.parametrize("mode", ["global", "global-job"])
def test_a_global_service_has_no_replicas(mode: str) -> None:
    """One with replicas may count them; one on every node may not."""
    text = f"replicas can only be used with replicated or replicated-job mode, and it is {mode}"
    assert said_of({"deploy": {"mode": mode, "replicas": 2}}) == [(("deploy", "replicas"), text)]
    assert said_of({"deploy": {"mode": mode}}) == []


@pytest.mark.parametrize(
    "deploy", [{"replicas": 2}, {"mode": "replicated", "replicas": 2}, {"mode": "replicated-job"}]
)
def test_a_replicated_service_may_count(deploy: dict[str, Any]) -> None:
    """Where no mode is written it is a replicated one."""
    assert said_of({"deploy": deploy}) == []


def test_a_mode_that_docker_does_not_know() -> None:
    """The modes there are stand in the sentence."""
    text = "'all': wanted one of replicated, global, replicated-job, global-job"
    assert said_of({"deploy": {"mode": "all", "replicas": 1}}) == [(("deploy", "mode"), text)]


def test_processors_that_are_no_number() -> None:
    """Each kind is looked at, also after one that is wrong."""
    kinds = {"limits": {"cpus": "half"}, "reservations": {"cpus": "0.0000000001"}, "more": {}}
    at = ("deploy", "resources")
    assert said_of({"deploy": {"resources": kinds}}) == [
        ((*at, "limits", "cpus"), "'half': wanted a number of processors in quotes, as in \"0.50\""),
        (
            (*at, "reservations", "cpus"),
            "0.0000000001: value is too precise: nine digits behind the point count",
        ),
    ]
    assert said_of({"deploy": {"resources": {"limits": {"cpus": "0.000000001"}}}}) == []


@pytest.mark.parametrize(
    "policy", ["", "no", "always", "unless-stopped", "on-failure", "on-failure:3", "always:"]
)
def test_an_old_restart_policy_that_docker_knows(policy: str) -> None:
    """With a count or without."""
    assert said_of({"restart": policy}) == []


@pytest.mark.parametrize("policy", ["never", "on-failure:x", "on-failure:3x", ":3"])
def test_an_old_restart_policy_that_docker_does_not_know(policy: str) -> None:
    """It counts only where there is no new one."""
    text = f"'{policy}': unknown restart policy: write deploy.restart_policy"
    assert said_of({"restart": policy}) == [(("restart",), text)]
    assert said_of({"restart": policy, "deploy": {"restart_policy": {}}}) == []


def test_a_health_check_that_is_off_has_no_test() -> None:
    """Either alone is taken."""
    ((path, reason),) = said_of({"healthcheck": {"disable": True, "test": ["NONE"]}})
    assert path == ("healthcheck", "disable")
    assert reason == "test and disable can't be set at the same time: take one of them out"
    assert said_of({"healthcheck": {"disable": True}}) == []
    assert said_of({"healthcheck": {"test": ["NONE"]}}) == []


@pytest.mark.parametrize(
    ("section", "what"), [("networks", "network"), ("configs", "config"), ("secrets", "secret")]
)
def test_a_reference_to_what_the_stack_does_not_have(section: str, what: str) -> None:
    """Each is looked at; the short form of a network is its name."""
    text = f"no {what} of this stack is called 'b': define it under the top-level `{section}:`"
    there = {section: {"c": {"external": True}}}
    if section == "networks":
        assert said_of({section: ["b"]}, **there) == [((section, "b"), text)]
    assert said_of({section: [{"source": "b"}, {"source": "c"}]}, **there) == [((section, "b"), text)]
    needs = f"needs `source:`, the name of a {what} of this stack"
    assert said_of({section: [{"target": "/x"}]}, **there) == [((section,), needs)]


def test_the_default_network_need_not_be_written() -> None:
    """Docker makes it; a config of that name it does not make."""
    assert said_of({"networks": ["default"]}) == []
    assert len(said_of({"configs": [{"source": "default"}]})) == 1


@pytest.mark.parametrize(
    ("mount", "path", "said"),
    [
        ({"type": "nfs"}, ("type",), "'nfs': wanted one of volume, bind, tmpfs, image, npipe, cluster"),
        (
            {"type": "bind", "source": "/x", "tmpfs": {}},
            ("tmpfs",),
            "tmpfs options are incompatible with type bind: take one of them out",
        ),
        ({"type": "tmpfs", "source": "x"}, ("source",), "x: a tmpfs has no source: take it out"),
        ({"type": "image"}, (), "needs `source:`, since its type is image"),
        ({"type": "npipe"}, (), "needs `source:`, since its type is npipe"),
        ({"type": "cluster"}, (), "needs `source:`, since its type is cluster"),
        ({"source": "b"}, (), "'b' is no volume of this stack: define it under the top-level `volumes:`"),
        ({"type": "cluster", "source": "b"}, (), "'b' is no volume of this stack"),
    ],
)
def test_a_mount_that_cannot_be(mount: dict[str, Any], path: tuple[str, ...], said: str) -> None:
    """The one before it, which is right, is passed."""
    ((found, reason),) = said_of({"volumes": [{"source": "c"}, mount]}, volumes={"c": {}})
    assert found == ("volumes", 1, *path)
    assert reason.startswith(said)


@pytest.mark.parametrize(
    "mount",
    [
        {"target": "/x"},
        {"source": "c"},
        {"type": "tmpfs", "tmpfs": {"size": 1}},
        {"type": "bind", "source": "/x", "bind": {}},
        {"type": "cluster", "source": "group:b"},
        {"type": "image", "source": "b"},
    ],
)
def test_a_mount_that_can_be(mount: dict[str, Any]) -> None:
    """A volume without a name, paths, and groups of cluster volumes need no definition."""
    assert said_of({"volumes": [mount]}, volumes={"c": {}}) == []


@pytest.mark.parametrize("section", ["configs", "secrets"])
def test_two_under_one_path(section: str) -> None:
    """Where no target is written, it is the name."""
    there = {section: {"b": {"file": "x"}, "c": {"file": "x"}}}
    twice = [{"source": "b", "target": "c"}, {"source": "c"}]
    assert said_of({section: twice}, **there) == [
        ((section,), f"2 {section} have the target c: give each another one")
    ]
    assert said_of({section: [{"source": "b"}, {"source": "c"}]}, **there) == []


def test_credentials_come_from_one_place() -> None:
    """A config of the stack, a file or a registry."""
    ((path, reason),) = said_of({"credential_spec": {"file": "x", "registry": "y"}})
    assert path == ("credential_spec",)
    assert reason == "invalid credential spec: cannot specify both file and registry: keep one"
    missing = "'b' is no config of this stack: define it under the top-level `configs:`"
    assert said_of({"credential_spec": {"config": "b"}}) == [(("credential_spec", "config"), missing)]
    assert said_of({"credential_spec": {"config": "b"}}, configs={"b": {"external": True}}) == []


@pytest.mark.parametrize("section", ["configs", "secrets"])
def test_a_definition_says_where_it_comes_from(section: str) -> None:
    """A file, a driver, or what is there already."""
    given = {"a": {"file": "x"}, "b": {"external": True}, "c": {"driver": "x"}}
    none = "has neither `file:` nor `external: true`; give one"
    assert list(refusals.by_the_client({"services": {}, section: given})) == []
    assert list(refusals.by_the_client({"services": {}, section: given | {"d": {}}})) == [
        ((section, "d"), none)
    ]
