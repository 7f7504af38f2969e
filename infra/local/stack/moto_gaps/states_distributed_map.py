"""A Distributed Map fails when more children fail than it tolerates (none by default); in moto it always succeeds.

Step Functions fails the state with `States.ExceedToleratedFailureThreshold` and starts no further child. moto counts a
failed child, puts null for its result and goes on; ToleratedFailurePercentage and ToleratedFailureCount have no effect.

Step Functions starts the children with the machine's role, which must allow `states:StartExecution` on the machine;
moto asks nobody.
"""

from __future__ import annotations

import contextlib
from typing import TYPE_CHECKING
from unittest.mock import patch

from moto.stepfunctions.parser.asl.component.common.error_name.states_error_name_type import StatesErrorNameType
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.distributed_iteration_component import (
    DistributedIterationComponent,
    DistributedIterationComponentEvalInput,
)
from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor.distributed_item_processor_worker import (  # noqa: E501 - moto's path
    DistributedItemProcessorWorker,
)

from infra.local.stack.moto_gaps.states_failure import state_failure

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator

    from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.itemprocessor.map_run_record import (
        MapRunRecord,
    )
    from moto.stepfunctions.parser.asl.component.state.exec.state_map.iteration.job import Job, JobPool
    from moto.stepfunctions.parser.asl.eval.environment import Environment

ERROR = StatesErrorNameType.StatesExceedToleratedFailureThreshold


@contextlib.contextmanager
def mend(authorize_children: Callable[[str, str], None]) -> Iterator[None]:
    """Fail the map once its tolerance is exceeded.

    `authorize_children(role_arn, machine_arn)` raises if the role may not start children.
    """
    evaluate = DistributedItemProcessorWorker._eval_job  # noqa: SLF001 - patched here

    def eval_job(worker: DistributedItemProcessorWorker, env: Environment, job: Job) -> None:
        evaluate(worker, env, job)
        if _exceeded(worker._map_run_record, worker._job_pool):  # noqa: SLF001 - the worker's own facts
            # An exception as a job's output ends the pool, which raises it in the map's own thread.
            job.job_output = state_failure(env, ERROR, "The specified tolerated failure threshold was exceeded")

    run = DistributedIterationComponent._map_run  # noqa: SLF001 - patched here

    def map_run(
        component: DistributedIterationComponent, env: Environment, eval_input: DistributedIterationComponentEvalInput
    ) -> None:
        machine = env.states.context_object.context_object_data["StateMachine"]["Id"]
        authorize_children(env.aws_execution_details.role_arn, machine)
        run(component, env, eval_input)

    with (
        patch.object(DistributedItemProcessorWorker, "_eval_job", eval_job),
        patch.object(DistributedIterationComponent, "_map_run", map_run),
    ):
        yield


def _exceeded(record: MapRunRecord, pool: JobPool) -> bool:
    items = record.item_counter
    failed = items.failed.get() + items.timed_out.get()
    if failed == 0:
        return False
    count, percentage = record.tolerated_failure_count, record.tolerated_failure_percentage
    if not count and not percentage:
        return True
    share = failed * 100 / pool._jobs_number  # noqa: SLF001 - the pool says it nowhere else
    return bool((count and failed > count) or (percentage and share > percentage))
