"""The version of its API in which a node's engine is spoken to: engines from 20.10 to 29 and on serve no version in common."""

from typing import Any

import docker
from docker.utils import version_lt

LEAST = "1.41"
"""Engine 20.10's, the oldest whose Swarm a lab is made of. Engine 29 serves 1.44 at the least."""


class ServedApi(docker.APIClient):
    """A client that asks, before its first request and not when it is made, what the engine serves at the least."""

    _settled = False

    def _url(self, pathfmt: str, *args: Any, **kwargs: Any) -> str:  # noqa: ANN401
        if kwargs.get("versioned_api", True) and not self._settled:
            self._version = version_for(self.version(api_version=False))
            self._settled = True
        return str(super()._url(pathfmt, *args, **kwargs))  # type: ignore[misc]  # not in the stubs


def version_for(said: dict[str, Any]) -> str:
    """LEAST, or the least that an engine serves where that is newer, from what it says at /version."""
    least = str(said.get("MinAPIVersion") or LEAST)
    return least if version_lt(LEAST, least) else LEAST
