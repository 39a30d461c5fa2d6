"""What tests of several kinds of connections start from."""

import socket
from collections.abc import Iterator

import pytest


@pytest.fixture
def closed() -> Iterator[int]:
    """A port of this machine on which nobody listens."""
    with socket.socket() as taken:
        taken.bind(("127.0.0.1", 0))
        yield int(taken.getsockname()[1])
