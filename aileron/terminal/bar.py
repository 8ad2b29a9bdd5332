"""The bar: the one row at the bottom that belongs to Aileron.

It says, as far as the width allows and in this order of importance: that a
question waits, the secret word of the session, that this is Aileron, what was
seen and decided, how the agent is held, and a hint.  A waiting question changes
its words as well as its style, so that it is seen without colour too.  The last
column stays empty: writing there makes some terminals wrap.
"""

from __future__ import annotations

from dataclasses import dataclass

from aileron.terminal.visible import Line, clip, plain, width


@dataclass(frozen=True, slots=True, kw_only=True)
class Bar:
    """What the bar says; `state` is `unproven`, or how much was seen (`7 seen`).

    `waiting` counts open questions; `answering` is True while one is on the
    screen.  `secret` is the word that proves a question to be real.
    """

    agent: str
    tier: str
    state: str = "unproven"
    allowed: int = 0
    asked: int = 0
    denied: int = 0
    waiting: int = 0
    secret: str = ""
    hint: str = ""
    answering: bool = False


def render(bar: Bar, columns: int, *, ascii_only: bool = False) -> Line:
    """The bar as one line of exactly `columns - 1` cells."""
    room = max(columns - 1, 0)
    secret = f"[{plain(bar.secret, ascii_only=ascii_only)}]" if bar.secret else ""
    choices = _waiting(bar, ascii_only) if bar.waiting else _calm(bar, ascii_only)
    left = next((text for text in choices if width(text) + 1 + width(secret) <= room), choices[-1])
    gap = max(room - width(left) - width(secret), 1)
    return clip([(left + " " * gap + secret, "alert" if bar.waiting else "bar")], room)


def _calm(bar: Bar, ascii_only: bool) -> list[str]:
    """What it says while nothing waits, from the fullest to the shortest."""
    dot = " | " if ascii_only else " · "
    agent, tier, state, hint = (
        plain(text, ascii_only=ascii_only) for text in (bar.agent, bar.tier, bar.state, bar.hint)
    )
    counts = f"{bar.allowed} allowed, {bar.asked} asked, {bar.denied} denied"
    short = f"{bar.allowed}/{bar.asked}/{bar.denied}"
    return [
        " " + dot.join(word for word in ("aileron", agent, tier, state, counts, hint) if word),
        " " + dot.join(("aileron", agent, tier, state, counts)),
        " " + dot.join(("aileron", agent, tier, state, short)),
        " ".join(("aileron", agent, tier, state, short)),
        " ".join(("aileron", agent, state, short)),
        " ".join(("aileron", state, short)),
        " ".join(("aileron", short)),
        "aileron",
    ]


def _waiting(bar: Bar, ascii_only: bool) -> list[str]:
    agent = plain(bar.agent, ascii_only=ascii_only)
    what = f"APPROVAL {bar.waiting} waiting"
    where = "answer above" if bar.answering else "opening"
    return [
        f" *** {what} *** {where} *** aileron {agent}",
        f" *** {what} *** {where}",
        f" *** {what} ***",
        what,
        f"APPROVAL {bar.waiting}",
    ]
