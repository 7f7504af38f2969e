"""An update of a function with inline code fails: moto's update takes the text for a base64 zip; its create does not.

It also looks for the function's layers, which are folders on sys.path here and no resources of moto's.
"""

from __future__ import annotations

import base64
import contextlib
from typing import TYPE_CHECKING, Any
from unittest.mock import patch

from moto.awslambda.models import LambdaFunction

if TYPE_CHECKING:
    from collections.abc import Iterator


@contextlib.contextmanager
def mend() -> Iterator[None]:
    """Let an update zip the text as a creation does, and leave the layers alone."""

    def update(original_resource: LambdaFunction, cloudformation_json: dict[str, Any], **_: object) -> LambdaFunction:
        properties = {name: value for name, value in cloudformation_json["Properties"].items() if name != "Layers"}
        original_resource.update_configuration(properties)
        code = LambdaFunction._create_zipfile_from_plaintext_code(properties["Code"]["ZipFile"])  # noqa: SLF001 - as its own create
        original_resource.update_function_code({"ZipFile": base64.b64encode(code)})
        return original_resource

    with patch.object(LambdaFunction, "update_from_cloudformation_json", staticmethod(update)):
        yield
