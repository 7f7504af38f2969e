"""The dependencies layer holds what uv.lock says, less what the Lambda runtime brings along."""

import re
import tomllib
from typing import Any

from tests.unit.infra.declared import ROOT

IN_LAMBDA_RUNTIME = {"boto3", "botocore", "jmespath", "python-dateutil", "s3transfer", "six"}
REQUIREMENTS = (ROOT / "layers" / "dependencies" / "requirements.txt").read_text(encoding="utf-8")
LOCK = tomllib.loads((ROOT / "uv.lock").read_text(encoding="utf-8"))
PACKAGES: dict[str, dict[str, Any]] = {package["name"]: package for package in LOCK["package"]}


def needed_by(root: str) -> set[str]:
    """Return the names of all packages that `root` needs at run time, however far away."""
    found: set[str] = set()
    pending = [root]
    while pending:
        for dependency in PACKAGES[pending.pop()].get("dependencies", []):
            if dependency["name"] not in found:
                found.add(dependency["name"])
                pending.append(dependency["name"])
    return found


def test_the_layer_has_the_versions_of_the_lock() -> None:
    required = dict(re.findall(r"^([a-z0-9-]+)==([^ ;]+)", REQUIREMENTS, flags=re.MULTILINE))
    expected = {name: PACKAGES[name]["version"] for name in needed_by("deskshift") - IN_LAMBDA_RUNTIME}
    assert required == expected, "run `make lock`"


def test_every_file_of_the_layer_is_pinned_by_a_hash_of_the_lock() -> None:
    hashes = set(re.findall(r"--hash=(sha256:[0-9a-f]{64})", REQUIREMENTS))
    locked = {
        file["hash"]
        for package in PACKAGES.values()
        for file in [*package.get("wheels", []), package.get("sdist")]
        if file
    }
    assert hashes
    assert hashes <= locked, "run `make lock`"
