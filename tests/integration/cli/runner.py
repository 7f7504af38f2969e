"""Runs commands one after the other in a process of its own, which only loads the local stack once.

A line of standard input is a command's arguments as a JSON list; a line of output is {"code", "out", "err"}.
"""

import contextlib
import io
import json
import sys

from infra.cli.main import main


def serve() -> None:
    """Run each command as it comes."""
    answers = sys.stdout
    for line in sys.stdin:
        out, err = io.StringIO(), io.StringIO()
        with contextlib.redirect_stdout(out), contextlib.redirect_stderr(err):
            code = main(json.loads(line))
        answers.write(json.dumps({"code": code, "out": out.getvalue(), "err": err.getvalue()}) + "\n")
        answers.flush()


if __name__ == "__main__":
    serve()
