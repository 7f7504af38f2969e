"""The local stack in a process of its own: `python -m tests.benchmarks.served_stack`.

Prints one line of JSON when it is ready (`Served`), and ends when its standard input closes.
"""

from __future__ import annotations

import sys

import msgspec

from infra.local.stack import AwsEndpoint, LocalStack
from tests.benchmarks.processes import Served
from tests.support.product import TEMPLATE


def main() -> None:
    """Deploy, serve, say where."""
    with LocalStack.deploy(TEMPLATE, {"LogLevel": "INFO"}, enforce_policies=False) as stack, AwsEndpoint() as endpoint:
        served = Served(
            url=endpoint.url,
            name=stack.name,
            region=stack.region,
            http_url=stack.http_url,
            machine_arn=stack.physical_id("ChannelMoveMachine"),
            environment=stack.environment,
        )
        sys.stdout.write(msgspec.json.encode(served).decode() + "\n")
        sys.stdout.flush()
        sys.stdin.buffer.read()


if __name__ == "__main__":
    main()
