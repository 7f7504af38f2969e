"""All scenes are played once; what is asserted afterwards only looks."""

import pytest

from infra.local.sandbox.client import Sandbox
from infra.local.stack import LocalStack
from tests.integration.stack_as_deployed.played import Played
from tests.integration.stack_as_deployed.scenarios import play
from tests.support.looking import queued_bodies


@pytest.fixture(scope="session")
def played(stack: LocalStack, sandbox: Sandbox) -> Played:
    """Play the scenes on the worker's stack, and keep what was sent to its queues."""
    with pytest.MonkeyPatch.context() as patch:
        sent = queued_bodies(patch)
        done = play(stack, sandbox)
        done.queued += [body for _, body in sent]
    return done
