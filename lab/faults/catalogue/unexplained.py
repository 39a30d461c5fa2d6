"""What no rule of the diagnosis covers: it must say that it does not know."""

from lab.cluster.handle import Lab
from lab.faults import effects
from lab.faults.change import Changes
from lab.faults.fault import NODE2, fault
from lab.faults.process_changes import ReplacedFile, stopped
from lab.faults.service_changes import change_of


@fault(
    "page-replaced", "every frontend replica serves another page", path="/srv/page/index.html",
    text="down for maintenance",
)  # fmt: skip
def page_replaced(lab: Lab, path: str, text: str) -> Changes:
    return (ReplacedFile("frontend", path, text),)


@fault(
    "rate-limited", "Traefik lets few requests through to the page", effect=effects.limited, average="1",
    burst="1",
)  # fmt: skip
def rate_limited(lab: Lab, average: str, burst: str) -> Changes:
    limit, router = "traefik.http.middlewares.few.ratelimit", "traefik.http.routers.frontend.middlewares"
    labels = {f"{limit}.average": average, f"{limit}.burst": burst, router: "few"}
    return (change_of(lab, "frontend", *(["label", key, value] for key, value in labels.items())),)


@fault("worker-stopped", "mediasoup's worker process stopped, its HTTP service alive", node=NODE2)
def worker_stopped(lab: Lab, node: str) -> Changes:
    return (stopped(lab, "mediasoup", node, only="mediasoup-worke"),)
