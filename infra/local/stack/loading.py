"""Loads functions' handlers into this process.

Each function's module gets a name of its own, so that twenty files called app.py live side by side, and is loaded
anew for every stack: what it keeps between invocations does not leak from one stack to the next.
"""

from __future__ import annotations

import contextlib
import importlib.util
import sys
from typing import TYPE_CHECKING, Any, TypeAlias

from infra.local.stack.errors import TemplateError

if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator
    from pathlib import Path

    from infra.local.stack.functions import Function

    Handler: TypeAlias = Callable[[Any, Any], Any]

MODULE_PREFIX = "local_stack_function_"


def load_handler(function: Function) -> Handler:
    """Import the function's module under a unique name and return its handler.

    Raises:
        TemplateError: the handler is not where the template says. What the module itself raises comes through.
    """
    module_name, _, attribute = function.handler.rpartition(".")
    file = function.folder / f"{module_name.replace('.', '/')}.py"
    if not file.is_file():
        raise TemplateError(
            function.logical_id, f"handler {function.handler!r}: {file} is missing", "Correct Handler or CodeUri"
        )
    unique_name = MODULE_PREFIX + function.name
    spec = importlib.util.spec_from_file_location(unique_name, file)
    assert spec is not None  # noqa: S101 - a .py file always has a spec
    assert spec.loader is not None  # noqa: S101 - same
    module = importlib.util.module_from_spec(spec)
    sys.modules[unique_name] = module
    spec.loader.exec_module(module)
    handler: Handler | None = getattr(module, attribute, None)
    if not callable(handler):
        raise TemplateError(
            function.logical_id, f"handler {function.handler!r}: no function {attribute!r} in {file}", "Correct Handler"
        )
    return handler


@contextlib.contextmanager
def importable(layers: Iterable[Path]) -> Iterator[None]:
    """Put the layers' `python` folders at the end of sys.path, where the environment's own packages win.

    A layer of third-party packages is built for Lambda's processor, which need not be this machine's.
    """
    folders = [str(layer / "python") for layer in layers if (layer / "python").is_dir()]
    added = [folder for folder in folders if folder not in sys.path]
    before = set(sys.modules)
    sys.path.extend(added)
    try:
        yield
    finally:
        for folder in added:
            sys.path.remove(folder)
        for name in [name for name in sys.modules if name.startswith(MODULE_PREFIX) and name not in before]:
            del sys.modules[name]
