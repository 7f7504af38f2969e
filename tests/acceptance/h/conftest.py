"""Let the comparison that tests of arrivals share show what it found when it fails."""

import pytest

pytest.register_assert_rewrite("tests.acceptance.h.arriving")
