"""Starts the sandbox: ``python -m infra.local.sandbox --port 0``.

Prints ``{"url": "http://127.0.0.1:PORT"}`` on standard output when it is ready, and ends when its standard input
closes, so that it never outlives the process that started it.
"""

from __future__ import annotations

import argparse
import asyncio
import json
import os
import socket
import sys

import uvicorn

from infra.local.sandbox.app import build_app
from infra.local.sandbox.protocol import SeverableProtocol


async def _until_standard_input_closes() -> None:
    reader = asyncio.StreamReader()
    loop = asyncio.get_running_loop()
    await loop.connect_read_pipe(lambda: asyncio.StreamReaderProtocol(reader), sys.stdin)
    while await reader.read(1024):
        pass


async def _serve(port: int) -> None:
    listener = socket.create_server(("127.0.0.1", port), backlog=512)
    # Accepted connections inherit it: head and body leave as two writes, and the second must not wait for the client.
    listener.setsockopt(socket.IPPROTO_TCP, socket.TCP_NODELAY, 1)
    base_url = f"http://127.0.0.1:{listener.getsockname()[1]}"
    config = uvicorn.Config(
        build_app(base_url),
        http=SeverableProtocol,
        lifespan="off",
        log_level="warning",
        access_log=False,
        ws="none",
        timeout_keep_alive=75,
    )
    server = uvicorn.Server(config)
    serving = asyncio.create_task(server.serve(sockets=[listener]))
    sys.stdout.write(json.dumps({"url": base_url}) + "\n")
    sys.stdout.flush()
    await _until_standard_input_closes()
    server.should_exit = True
    server.force_exit = True
    await serving
    # A webhook that is being sent to an address that does not answer must not keep the process alive.
    os._exit(0)


def main() -> None:
    """Parse the arguments and serve."""
    parser = argparse.ArgumentParser(prog="python -m infra.local.sandbox", description=__doc__)
    parser.add_argument("--port", type=int, default=0, help="port on 127.0.0.1; 0 takes a free one")
    asyncio.run(_serve(parser.parse_args().port))


if __name__ == "__main__":
    main()
