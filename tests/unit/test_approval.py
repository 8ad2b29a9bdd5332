"""A question has one end, and a yes reaches exactly what was asked."""

from __future__ import annotations

import asyncio
from dataclasses import replace

import pytest

from aileron.approval import state
from aileron.approval.desk import Desk, OnAsk
from aileron.model import CommandRequest, Decision, Layer, Part, Resolution, Verdict
from aileron.session.ancestry import Process
from aileron.session.record import Command, allowed_by_rules, covered

YES = Resolution(approved=True, channel="terminal")
NO = Resolution(approved=False, channel="terminal", note="not on a Friday")
SESSION = replace(YES, scope="session")


def part(text: str, verdict: Verdict = Verdict.ASK) -> Part:
    return Part(
        text=text,
        argv=tuple(text.split()),
        verdict=verdict,
        rule="r",
        layer=Layer.BUILTIN,
        reason="",
    )


def decision(*parts: Part, complete: bool = True) -> Decision:
    return Decision(
        verdict=Verdict.ASK,
        rule="r",
        layer=Layer.BUILTIN,
        reason="it asks",
        parts=parts,
        complete=complete,
    )


def request(text: str, cwd: str = "/p") -> CommandRequest:
    return CommandRequest(argv=("bash", "-c", text), cwd=cwd, text=text)


def approval(**changed: object) -> state.Approval:
    made = state.Approval(
        id="1",
        command="git push",
        cwd="/p",
        decision=decision(part("git push")),
        keys=frozenset({"k"}),
        created=0.0,
        expires=600.0,
    )
    return replace(made, **changed)  # type: ignore[arg-type]


def test_the_first_answer_wins_and_the_second_is_refused() -> None:
    ended, _ = state.resolve(approval(), YES, 1.0)
    assert ended.state is state.State.APPROVED
    with pytest.raises(state.NotPending):
        state.resolve(ended, NO, 2.0)


def test_an_answer_after_the_expiry_is_refused() -> None:
    with pytest.raises(state.NotPending):
        state.resolve(approval(), YES, 600.0)


def test_a_late_yes_to_a_withdrawn_question_is_good_for_one_command() -> None:
    withdrawn = state.end(approval(), state.State.WITHDRAWN)
    _, grant = state.resolve(withdrawn, YES, 10.0)
    assert grant is not None
    assert state.covers([grant], frozenset({"k"}), 20.0)
    assert not state.covers([grant], frozenset({"k"}), 600.0)
    assert state.spend([grant], frozenset({"k"})) == ()


def test_a_late_no_to_a_withdrawn_question_is_refused() -> None:
    with pytest.raises(state.NotPending):
        state.resolve(state.end(approval(), state.State.WITHDRAWN), NO, 10.0)


def test_once_leaves_no_grant_and_session_leaves_one() -> None:
    assert state.resolve(approval(), YES, 1.0)[1] is None
    _, grant = state.resolve(approval(), SESSION, 1.0)
    assert grant is not None
    assert state.spend([grant], frozenset({"k"})) == (grant,)


def test_always_leaves_no_grant_for_it_is_a_rule() -> None:
    """Also when it came too late for the command: the rule is about one part, a grant about all."""
    always = replace(YES, scope="always", digest="d")
    assert state.resolve(approval(), always, 1.0)[1] is None
    withdrawn = state.end(approval(), state.State.WITHDRAWN)
    assert state.resolve(withdrawn, always, 1.0) == (withdrawn, None)
    with pytest.raises(state.NotPending):
        state.resolve(withdrawn, always, 600.0)


def test_a_written_rule_answers_the_same_words_inside_but_no_written_ask() -> None:
    """The built-in question of git's own start; what somebody asked for is asked."""
    push = replace(part("git push", Verdict.ALLOW), layer=Layer.USER)
    above = Command(
        seq=1,
        process=Process(1, 1),
        request=request("git push"),
        decision=decision(push),
        allowed=allowed_by_rules(decision(push, part("ls", Verdict.ALLOW))),
    )
    assert above.allowed == (("git", "push"),)
    assert covered(decision(part("/usr/bin/git push")), above)
    assert not covered(decision(part("git push -f")), above)
    assert not covered(decision(replace(part("git push"), layer=Layer.USER)), above)
    assert not covered(decision(part("git push"), part("git clean")), above)


def test_a_yes_is_bound_to_the_parts_that_asked_and_where() -> None:
    push = decision(part("git push"), part("ls", Verdict.ALLOW))
    same = state.keys(request("ls; git push"), push)
    assert same == state.keys(request("git push"), decision(part("git push")))
    assert same != state.keys(request("git push", cwd="/other"), push)
    assert same != state.keys(request("git push -f"), decision(part("git push -f")))


def test_a_yes_to_unread_text_is_bound_to_all_of_it() -> None:
    unread = decision(part("git push"), complete=False)
    one, other = request("git push; $("), request("git push; $((")
    assert state.keys(one, unread) != state.keys(other, unread)


def test_no_grant_answers_a_command_without_questions() -> None:
    assert not state.covers([state.Grant(keys=frozenset({"k"}))], frozenset(), 0.0)


class Bell:
    """A channel that remembers."""

    def __init__(self) -> None:
        self.shown: list[str] = []
        self.gone: list[str] = []

    def present(self, approval: state.Approval) -> None:
        self.shown.append(approval.id)

    def withdraw(self, approval: state.Approval) -> None:
        self.gone.append(approval.id)


async def ask(desk: Desk, gone: asyncio.Event | None = None, key: str = "k") -> Resolution | None:
    async def waiting() -> None:
        pass

    left = gone or asyncio.Event()
    return await desk.ask(
        "git push", "/p", decision(), frozenset({key}), waiting=waiting, gone=left.wait
    )


def run(story: object) -> None:
    assert asyncio.iscoroutine(story)
    asyncio.run(story)


def test_an_answer_reaches_the_command_that_waits() -> None:
    async def story() -> None:
        desk = Desk(OnAsk.PROMPT, Bell())
        waiting = asyncio.ensure_future(ask(desk))
        await asyncio.sleep(0)
        desk.answer("1", NO)
        assert await waiting == NO

    run(story())


def test_the_same_question_twice_is_shown_once_and_answered_twice() -> None:
    async def story() -> None:
        bell = Bell()
        desk = Desk(OnAsk.PROMPT, bell)
        both = [asyncio.ensure_future(ask(desk)) for _ in range(2)]
        await asyncio.sleep(0)
        desk.answer("1", YES)
        assert await asyncio.gather(*both) == [YES, YES]
        assert bell.shown == ["1"]

    run(story())


def test_a_command_that_goes_away_withdraws_its_question() -> None:
    async def story() -> None:
        bell, gone = Bell(), asyncio.Event()
        desk = Desk(OnAsk.PROMPT, bell)
        waiting = asyncio.ensure_future(ask(desk, gone))
        await asyncio.sleep(0)
        gone.set()
        assert await waiting is None
        assert bell.gone == ["1"]
        assert desk.pending() == ()
        desk.answer("1", YES)  # too late for this command, in time for its next try
        granted = desk.granted(frozenset({"k"}))
        assert granted is not None
        assert granted.approved
        assert desk.granted(frozenset({"k"})) is None

    run(story())


def test_without_anybody_to_ask_the_answer_is_no() -> None:
    async def story() -> None:
        answer = await ask(Desk(OnAsk.DENY))
        assert answer is not None
        assert not answer.approved

    run(story())


def test_an_unanswered_question_expires_into_a_no() -> None:
    async def story() -> None:
        now = [0.0]
        desk = Desk(OnAsk.WAIT, clock=lambda: now[0])
        waiting = asyncio.ensure_future(ask(desk))
        await asyncio.sleep(0)
        now[0] = 601.0
        with pytest.raises(state.NotPending):
            desk.answer("1", YES)
        waiting.cancel()

    run(story())


def test_too_many_open_questions_are_refused_not_queued() -> None:
    async def story() -> None:
        desk = Desk(OnAsk.WAIT)
        opened = [asyncio.ensure_future(ask(desk, key=str(n))) for n in range(state.LIMIT)]
        await asyncio.sleep(0)
        refused = await ask(desk, key="one more")
        assert refused is not None
        assert not refused.approved
        desk.close()
        assert not any(r is None or r.approved for r in await asyncio.gather(*opened))

    run(story())


def test_the_end_of_the_session_denies_what_waits() -> None:
    async def story() -> None:
        desk = Desk(OnAsk.PROMPT, Bell())
        waiting = asyncio.ensure_future(ask(desk))
        await asyncio.sleep(0)
        desk.close()
        answer = await waiting
        assert answer is not None
        assert not answer.approved

    run(story())
