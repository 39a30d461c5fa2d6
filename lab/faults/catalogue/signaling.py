"""Signaling: its store, its rooms, the origins that it lets in."""

from lab.cluster.handle import Lab
from lab.faults.change import Changes
from lab.faults.fault import fault
from lab.faults.service_changes import change_of


@fault("redis-gone", "Redis scaled to nothing")
def redis_gone(lab: Lab) -> Changes:
    return (change_of(lab, "redis", ["replicas", 0]),)


@fault("rooms-unshared", "signaling keeps rooms in its own memory")
def rooms_unshared(lab: Lab) -> Changes:
    return (change_of(lab, "signaling", ["env", "ROOM_STATE", "memory"]),)


@fault("origin-open", "signaling lets every origin in")
def origin_open(lab: Lab) -> Changes:
    return (change_of(lab, "signaling", ["env", "ALLOWED_ORIGINS", "*"]),)
