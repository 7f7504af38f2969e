import json

import pytest

from infra.local.stack.errors import TemplateError
from infra.local.stack.moto_gaps.cloudformation_types import substituted
from infra.local.stack.moto_gaps.states_definition import accepted_by_moto


def test_substitutions_are_made_in_the_text() -> None:
    assert substituted('{"a": "${Name}", "n": ${Count}}', {"Name": "x", "Count": 4}, "Machine") == '{"a": "x", "n": 4}'


def test_a_missing_substitution_is_an_error() -> None:
    with pytest.raises(TemplateError, match=r"Machine.*Other"):
        substituted("${Name} ${Other}", {"Name": "x"}, "Machine")


def test_only_the_percentage_is_rewritten() -> None:
    definition = {"States": {"A": {"ToleratedFailurePercentage": 5, "MaxConcurrency": 4, "List": [{"N": 1}]}}}
    rewritten = accepted_by_moto(json.dumps(definition))
    assert '"ToleratedFailurePercentage": 5.0' in rewritten
    assert json.loads(rewritten) == definition
