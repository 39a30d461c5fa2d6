"""The prober of a real cluster, as a spec: one small task a node, which takes nothing and ends by itself."""

from fixtures.prober.service import LABEL, LIFETIME_S, NAME, OWNER_LABEL, ProberService

PROBER = ProberService("registry.example/prober:1", "net1", ("perl", "-e", "print 1"), "n1", "boot/1/2")


def test_it_runs_once_on_every_node() -> None:
    """It is global, is not started again, and takes no virtual address of the overlay."""
    spec, task = PROBER.spec, PROBER.spec["TaskTemplate"]
    assert spec["Mode"] == {"Global": {}}
    assert spec["EndpointSpec"] == {"Mode": "dnsrr"}
    assert task["RestartPolicy"] == {"Condition": "none"}
    assert task["Networks"] == [{"Target": "net1"}]


def test_it_is_bounded_and_ours() -> None:
    """Its memory, its rights and its life are bounded, and it carries our label and who owns it."""
    spec, container = PROBER.spec, PROBER.spec["TaskTemplate"]["ContainerSpec"]
    assert spec["TaskTemplate"]["Resources"]["Limits"]["MemoryBytes"] <= 64 * 2**20
    assert (container["CapabilityDrop"], container["CapabilityAdd"]) == (["ALL"], ["CAP_NET_RAW"])
    assert container["ReadOnly"] is True
    assert container["Command"] == ["timeout", str(LIFETIME_S), "perl", "-e", "print 1"]
    assert {spec["Labels"][LABEL], container["Labels"][LABEL]} == {"prober"}
    assert spec["Labels"][OWNER_LABEL] == "boot/1/2"


def test_its_image_has_no_say() -> None:
    """An image's user, health check, and a node's log driver would each keep it from being heard."""
    task = PROBER.spec["TaskTemplate"]
    assert task["ContainerSpec"]["User"] == "0:0"
    assert task["ContainerSpec"]["Healthcheck"] == {"Test": ["NONE"]}
    assert task["LogDriver"] == {"Name": "json-file"}
    assert PROBER.remove == f"docker service rm {NAME}"
