"""What Lambda gets: packages of a few lines, and two layers with what those need and nothing else.

Of the dependencies layer this is the build for this machine's processor; Lambda's differs in the compiled modules.
"""

import importlib.util
import re
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from tests.support.product import ROOT
from tests.support.runtime import LAYERS, missing

pytestmark = pytest.mark.emulated

DEPENDENCIES, OWN = LAYERS
PACKAGES = sorted(folder for folder in (ROOT / "functions").iterdir() if folder.is_dir())
MIB = 1024 * 1024
# Lambda's own limit for a function and its layers together is 250 MiB; what is loaded counts at each cold start.
MOST_MIB = {DEPENDENCIES: 24.0, OWN: 3.0}
IN_RUNTIME = {"boto3", "botocore", "s3transfer", "jmespath", "dateutil", "six"}
NOT_FOR_PRODUCTION = {"tests", "test", "moto", "pytest", "_pytest", "mypy", "ruff", "infra"}
CHECKED_HASH = 0b11
"""A .pyc's flags (PEP 552): bound to the source's content, and compared with it when imported."""


@pytest.fixture(autouse=True, scope="module")
def built() -> None:
    why = missing()
    if why is not None:
        pytest.skip(why)


def shipped(folder: Path) -> Iterator[Path]:
    """Every file below a folder; bytecode that this machine made beside our own source is removed by `make deploy`."""
    for file in sorted(folder.rglob("*")):
        if file.is_file() and (folder == DEPENDENCIES or "__pycache__" not in file.parts):
            yield file


def provided() -> set[str]:
    """What the layers let a function import."""
    return {path.stem for layer in LAYERS for path in layer.iterdir()}


@pytest.mark.parametrize("package", PACKAGES, ids=lambda folder: folder.name)
def test_a_package_holds_only_its_function(package: Path) -> None:
    assert [file.relative_to(package).as_posix() for file in shipped(package)] == ["app.py"]
    source = (package / "app.py").read_text(encoding="utf-8")
    imported = re.findall(r"^(?:from|import) ([\w.]+)", source, re.MULTILINE)
    assert {name.split(".")[0] for name in imported} - sys.stdlib_module_names <= provided()


@pytest.mark.parametrize("layer", LAYERS, ids=["dependencies", "deskshift"])
def test_a_layer_is_small(layer: Path, capsys: pytest.CaptureFixture[str]) -> None:
    size = sum(file.stat().st_size for file in shipped(layer)) / MIB
    with capsys.disabled():
        print(f"\n{layer.relative_to(ROOT)}: {size:.2f} MiB, at most {MOST_MIB[layer]} MiB")  # noqa: T201 - the sizes are to be read
    assert 0 < size <= MOST_MIB[layer]


@pytest.mark.parametrize("layer", LAYERS, ids=["dependencies", "deskshift"])
def test_a_layer_holds_neither_what_lambda_has_nor_what_only_tests_need(layer: Path) -> None:
    there = {part for file in shipped(layer) for part in file.relative_to(layer).parts[:-1]}
    assert {path.stem for path in layer.iterdir()} & IN_RUNTIME == set()
    assert there & NOT_FOR_PRODUCTION == set()


def test_the_bytecode_of_the_layer_is_for_lambda_s_python_and_bound_to_its_source() -> None:
    headers = {file: file.read_bytes()[:8] for file in shipped(DEPENDENCIES) if file.suffix == ".pyc"}
    sources = [file for file in shipped(DEPENDENCIES) if file.suffix == ".py"]
    assert len(headers) >= len(sources) > 0
    # The tests run on the runtime's own version, which a test compares with the template's.
    assert {header[:4] for header in headers.values()} == {importlib.util.MAGIC_NUMBER}
    assert {int.from_bytes(header[4:], "little") for header in headers.values()} == {CHECKED_HASH}
