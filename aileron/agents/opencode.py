"""opencode, measured at 1.18.33.

opencode runs `$SHELL -c CMD` with any name but fish and nu, and puts nothing
around the command; a `!` line of the person comes as `$SHELL -l -c '… eval "CMD"'`.
It shows its model the output of a command but not its exit status, so a refusal
has to be readable as text.
"""

from __future__ import annotations

import json
from collections.abc import Mapping

from aileron.agents.base import Adapter
from aileron.model import Tier


class Opencode(Adapter):
    install = "npm install -g opencode-ai"
    honours_shell = True
    known = True

    def environment(
        self, given: Mapping[str, str], tier: Tier, shell: str, hint: str
    ) -> dict[str, str]:
        added = {"SHELL": shell} if tier is Tier.SHIM else {}
        if "OPENCODE_CONFIG_CONTENT" not in given:
            added["OPENCODE_CONFIG_CONTENT"] = json.dumps({"instructions": [hint]})
        if "OPENCODE_PERMISSION" not in given:
            added["OPENCODE_PERMISSION"] = json.dumps({"bash": "allow"})
        return added
