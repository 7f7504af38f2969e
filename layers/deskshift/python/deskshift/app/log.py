"""One structured logger for all functions; its events have stable codes and hold ids, never customers' words."""

from aws_lambda_powertools import Logger

logger = Logger(service="deskshift", utc=True)
