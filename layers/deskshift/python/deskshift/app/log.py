"""One structured logger for all functions; its events have stable codes and hold ids, never customers' words."""

from aws_lambda_powertools import Logger

logger = Logger(service="deskshift", utc=True)


def working_on(**ids: object) -> None:
    """Name what the log records from here on are about; what a warm function worked on before is forgotten.

    The names belong to the thread: on a laptop several functions log in one process.
    """
    logger.thread_safe_clear_keys()
    logger.thread_safe_append_keys(**ids)
