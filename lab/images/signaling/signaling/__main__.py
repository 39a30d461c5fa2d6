"""Run one replica until SIGTERM."""

import asyncio
import logging
import os
import sys

import uvicorn

from .app import Replica
from .config import ConfigError, read_config
from .draining import Drained


async def _serve() -> None:
    config = read_config()
    replica = Replica(config)
    server = Drained(
        uvicorn.Config(
            replica.application(),
            host="0.0.0.0",
            port=config.port,
            ws="wsproto",
            ws_ping_interval=None,  # Engine.IO pings by itself
            access_log=False,
            log_config=None,
            timeout_graceful_shutdown=0,  # a long poll is always under way: waiting serves nobody
        ),
        replica.hand_over if config.drain_s else None,
    )
    await server.serve()


def main() -> None:
    logging.basicConfig(stream=sys.stdout, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("signaling").setLevel(logging.INFO)
    for noisy in ("signaling.socketio", "signaling.engineio", "uvicorn"):
        logging.getLogger(noisy).setLevel(logging.WARNING)
    # An ordinary stop, not an error: a long poll is under way whenever a client polls.
    logging.getLogger("uvicorn.error").addFilter(lambda record: not record.getMessage().startswith("Cancel "))
    try:
        asyncio.run(_serve())
    except ConfigError as error:
        sys.exit(f"signaling: error: {error}")


if __name__ == "__main__":
    main()
    # Ends at once: a name lookup that hangs in a thread would hold up an ordinary exit.
    sys.stdout.flush()
    os._exit(0)
