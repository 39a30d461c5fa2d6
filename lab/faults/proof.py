"""Waiting for the proof that a change took effect, or that nothing of it is left."""

from collections.abc import Callable
from typing import TypeVar

import docker.errors
import requests

from lab.errors import NotReadyError
from lab.waiting import Look, WaitError, wait_for

T = TypeVar("T")
DEADLINE_S = 60.0
"""The slowest to show is a node taken for Down, 15 to 20 s; the rest is a loaded machine."""
INTERVAL_S = 0.2


def until(what: str, look: Callable[[], Look[T]], *, in_a_row: int = 1) -> T:
    """Wait for the proof; raises NotReadyError in the lab's words, with what was seen instead."""
    try:
        return wait_for(what, look, deadline_s=DEADLINE_S, interval_s=INTERVAL_S, in_a_row=in_a_row)
    except WaitError as error:
        raise NotReadyError(str(error)) from error
    except (docker.errors.DockerException, requests.exceptions.RequestException) as error:
        raise NotReadyError(f"{what}: {error}") from error
