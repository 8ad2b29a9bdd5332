"""What several tests of the policy start from."""

from __future__ import annotations

import pytest

from aileron.session import policy_files
from aileron.session.judge import Judge
from tests.conftest import Aileron


@pytest.fixture
def judge(aileron: Aileron) -> Judge:
    """The judge of a repository and a home of their own, with the built-in rules only."""
    loaded = policy_files.load(str(aileron.project), aileron_home=aileron.home / ".aileron")
    return Judge(
        policy=loaded.policy,
        wrappers=policy_files.load_wrappers(),
        project=str(aileron.project),
        home=str(aileron.home),
        aileron_home=str(aileron.home / ".aileron"),
    )
