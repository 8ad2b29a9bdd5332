"""A decision is kept only beside all that it rests on."""

from __future__ import annotations

from dataclasses import replace

from aileron.model import CommandRequest
from aileron.session.judge import Judge
from tests.conftest import Aileron


def test_another_fact_is_another_decision(aileron: Aileron, judge: Judge) -> None:
    """The same text, after each thing that could make it mean something else."""
    text = 'ls && echo x > "${OUT:-out}"'
    request = CommandRequest(
        argv=("bash", "-c", text),
        cwd=str(aileron.project),
        text=text,
        environment={"PATH": "/usr/bin:/bin"},
    )

    def verdict(one: CommandRequest) -> str:
        return judge.decide(one).verdict.value

    assert [verdict(request), verdict(request)] == ["allow", "allow"]
    assert judge.decide(request) is judge.decide(request)
    assert verdict(replace(request, environment={**request.environment, "OUT": "/etc/x"})) == "ask"
    assert verdict(replace(request, cwd="/etc")) == "ask"
    (aileron.project / "out").symlink_to("/etc/x")
    assert verdict(request) == "ask"
    (aileron.project / "out").unlink()
    assert verdict(request) == "allow"
    aileron.write("ls", "#!/bin/sh\n", 0o755)
    path = f"{aileron.project}:/usr/bin"
    assert verdict(replace(request, environment={"PATH": path})) == "ask"
    judge.policy = replace(judge.policy, rules=())
    assert verdict(request) == "ask"
