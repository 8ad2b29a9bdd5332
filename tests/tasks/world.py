"""A judge of a project that tests make."""

from __future__ import annotations

from aileron.model import CommandRequest
from aileron.session import policy_files
from aileron.session.judge import Judge
from tests.conftest import Aileron


def judge_of(aileron: Aileron) -> Judge:
    """The judge of an Aileron's project, with the policy that is there now."""
    loaded = policy_files.load(str(aileron.project), aileron_home=aileron.home / ".aileron")
    return Judge(
        policy=loaded.policy,
        wrappers=policy_files.load_wrappers(),
        project=str(aileron.project),
        home=str(aileron.home),
        aileron_home=str(aileron.home / ".aileron"),
    )


def request(aileron: Aileron, text: str) -> CommandRequest:
    return CommandRequest(
        argv=("bash", "-c", text),
        cwd=str(aileron.project),
        text=text,
        environment={"PATH": "/usr/bin:/bin"},
    )
