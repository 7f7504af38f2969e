"""Shows each gap of moto as it is without the local stack; prints JSON: gap -> what moto did.

Run in a process of its own, in which nothing is mended. When moto mends a gap, its test fails and the file in
infra/local/stack/moto_gaps can go.
"""

import json
import logging
import os
import warnings

from moto import mock_aws

from . import bare_moto_services, bare_moto_states  # noqa: F401 - they register their probes
from .bare_moto_support import CONFIG, PROBES, REGION


def main() -> None:
    """Run every probe on a moto of its own."""
    warnings.simplefilter("ignore")
    logging.disable(logging.CRITICAL)
    os.environ.update({"AWS_ACCESS_KEY_ID": "a", "AWS_SECRET_ACCESS_KEY": "a", "AWS_DEFAULT_REGION": REGION})
    seen = {}
    for name, function_ in PROBES.items():
        with mock_aws(config=CONFIG):
            seen[name] = function_()
    print(json.dumps(seen))  # noqa: T201 - the answer of this process


if __name__ == "__main__":
    main()
