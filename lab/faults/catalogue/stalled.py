"""Services behind the edge whose processes are there and do nothing, and a clock that is off."""

from lab.cluster.handle import Lab
from lab.faults.change import Changes
from lab.faults.fault import NODE1, NODE2, fault
from lab.faults.process_changes import paused, stopped
from lab.faults.service_changes import change_of


@fault("redis-stopped", "the processes of Redis stopped (SIGSTOP)", node=NODE1)
def redis_stopped(lab: Lab, node: str) -> Changes:
    return (stopped(lab, "redis", node),)


@fault("coturn-paused", "coturn's container paused", node=NODE2)
def coturn_paused(lab: Lab, node: str) -> Changes:
    return (paused(lab, "coturn", node),)


@fault("turn-clock-ahead", "coturn's clock runs an hour ahead", ahead="+3600s")
def turn_clock_ahead(lab: Lab, ahead: str) -> Changes:
    library = "/usr/lib/faketime/libfaketime.so.1"
    return (change_of(lab, "coturn", ["env", "LD_PRELOAD", library], ["env", "FAKETIME", ahead]),)
