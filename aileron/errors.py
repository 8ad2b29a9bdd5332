"""The errors a person sees.

Every message starts `aileron: `, in lower case, without a full stop.  Where a
rule is to blame its file and line follow after `rule: `; a mistake that could
be foreseen brings a `hint: `.  `main()` is the only place that prints them.

    AileronError
    ├── UsageError        the command line is wrong                    exit 2
    ├── PolicyError       a policy file is wrong or cannot be trusted  exit 1
    ├── LaunchRefused     the agent cannot be gated here               exit 1
    ├── Denied            the command may not run                      exit 126
    ├── AuditError        the record cannot be written                 exit 1
    └── WireError         bytes that are not our protocol              exit 126
"""

from __future__ import annotations

EXIT_REFUSED = 1
EXIT_USAGE = 2
EXIT_DENIED = 126


class AileronError(Exception):
    """Root of all errors of ours; never raised itself."""

    exit_code = EXIT_REFUSED

    def __init__(self, message: str, *, rule: str = "", hint: str = "") -> None:
        super().__init__(message)
        self.message = message
        self.rule = rule
        self.hint = hint

    def lines(self) -> list[str]:
        """The message as it is printed: `aileron: …`, `rule: …`, `hint: …`."""
        found = [f"aileron: {self.message}"]
        if self.rule:
            found.append(f"rule: {self.rule}")
        if self.hint:
            found.append(f"hint: {self.hint}")
        return found


class UsageError(AileronError):
    exit_code = EXIT_USAGE


class PolicyError(AileronError):
    """`file`, `line` and `column` (both from 1, 0 when unknown) say where."""

    def __init__(
        self, message: str, *, file: str, line: int = 0, column: int = 0, hint: str = ""
    ) -> None:
        place = ":".join([file, *(str(n) for n in (line, column) if n)])
        super().__init__(f"{place}: {message}", hint=hint)
        self.file, self.line, self.column = file, line, column


class LaunchRefused(AileronError):
    pass


class Denied(AileronError):
    exit_code = EXIT_DENIED


class AuditError(AileronError):
    pass


class WireError(AileronError):
    exit_code = EXIT_DENIED
