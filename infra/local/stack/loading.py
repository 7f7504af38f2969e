"""Loads functions' handlers into this process.

Each function's module gets a name of its own, so that twenty files called app.py live side by side, and is loaded
anew for every stack: what it keeps between invocations does not leak from one stack to the next.
"""

from __future__ import annotations

import contextlib
import importlib
import importlib.util
import sys
from typing import TYPE_CHECKING, Any, TypeAlias

from infra.local.stack.errors import TemplateError
from infra.local.stack.translate import digest

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


def loaded_packages(layers: Iterable[Path]) -> dict[str, str]:
    """The packages that were imported from the layers' folders, with a digest of each one's files as they are now."""
    found = {}
    for folder in (layer / "python" for layer in layers):
        for package in sorted(folder.glob("*/__init__.py")):
            module = sys.modules.get(package.parent.name)
            if module is not None and module.__file__ is not None and package.samefile(module.__file__):
                found[package.parent.name] = digest(package.parent)
    return found


def loaded_anew(functions: Iterable[Function], packages: Iterable[str]) -> dict[str, Handler]:
    """Load handlers of changed code, with fresh modules of the layers' own packages if any are named.

    What runs goes on with the modules that it was loaded with; they only leave sys.modules.
    """
    names = set(packages)
    for name in [name for name in sys.modules if name.partition(".")[0] in names]:
        del sys.modules[name]
    importlib.invalidate_caches()
    return {function.name: load_handler(function) for function in functions}


@contextlib.contextmanager
def modules_put_back() -> Iterator[None]:
    """Put back, at the end, what an update took out of sys.modules: other stacks and tests hold on to it."""
    before = dict(sys.modules)
    try:
        yield
    finally:
        for name, module in before.items():
            if sys.modules.get(name) is not module:
                sys.modules[name] = module


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
