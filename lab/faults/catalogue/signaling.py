"""Signaling: its store, its rooms, the origins that it lets in, and where the page says that it is."""

from lab.cluster.handle import Lab
from lab.cluster.stack_deploy import DOMAIN
from lab.faults.change import Changes
from lab.faults.fault import fault
from lab.faults.service_changes import change_of


@fault("redis-gone", "Redis scaled to nothing")
def redis_gone(lab: Lab) -> Changes:
    return (change_of(lab, "redis", ["replicas", 0]),)


@fault("rooms-unshared", "signaling keeps rooms in its own memory", variable="ROOM_STATE")
def rooms_unshared(lab: Lab, variable: str) -> Changes:
    return (change_of(lab, "signaling", ["env", variable, "memory"]),)


@fault(
    "origin-open",
    "signaling lets every origin in",
    service="signaling",
    variable="ALLOWED_ORIGINS",
    origins="*",
)
def origin_open(lab: Lab, service: str, variable: str, origins: str) -> Changes:
    return (change_of(lab, service, ["env", variable, origins]),)


@fault("page-told-http", "the page tells browsers to reach signaling without TLS", url=f"http://api.{DOMAIN}")
def page_told_http(lab: Lab, url: str) -> Changes:
    return (change_of(lab, "frontend", ["env", "API_URL", url]),)
