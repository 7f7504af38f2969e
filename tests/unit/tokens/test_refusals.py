"""What an issuer means by an answer that is no success."""

import pytest

from deskshift.connectors.http import Answer
from deskshift.connectors.tokens.refusals import judged, revoked
from deskshift.model.errors import VendorRefused, VendorUnavailable


@pytest.mark.parametrize("status", [500, 501, 503, 505, 520, 522, 524, 599, 302])
def test_of_what_no_issuer_has_answered_nobody_knows_what_became(status: int) -> None:
    for judge in (judged, revoked):
        with pytest.raises(VendorUnavailable, match=str(status)):
            judge(Answer(status, b"", ""), "POST", "/tokens")


@pytest.mark.parametrize("status", [400, 401, 403, 422])
def test_what_an_issuer_refuses_is_refused(status: int) -> None:
    with pytest.raises(VendorRefused, match="invalid_grant"):
        judged(Answer(status, b'{"error": "invalid_grant"}', ""), "POST", "/tokens")
