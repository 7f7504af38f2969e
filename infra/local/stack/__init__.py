"""deskshift's stack on moto, in this process: `with LocalStack.deploy(Path("infra/template.yaml")) as stack: ...`."""

from infra.local.stack.aws_endpoint import AwsEndpoint
from infra.local.stack.stack import LocalStack

__all__ = ["AwsEndpoint", "LocalStack"]
