"""PowerShell's text in a command, where it plainly runs what is fetched or decoded.

Of the language nothing else is known here.  What stands in quotes is data.
"""

from __future__ import annotations

import re
from collections.abc import Iterator

from aileron.policy.finding import Finding, deny
from aileron.policy.shape import Shape

_PROGRAM = re.compile(r"(?i)(?:pwsh|powershell)(?:-preview)?(?:\.exe)?")
_ENCODED = re.compile(r"(?i)[-/](?:e|ec|en\w*)")
_QUOTED = re.compile(r"'[^']*'|\"[^\"$]*\"")
_RUNS = re.compile(r"(?i)\b(?:iex|invoke-expression|invokescript)\b|scriptblock\]::create")
_FETCHES = re.compile(
    r"(?i)\b(?:iwr|irm|invoke-webrequest|invoke-restmethod|curl|wget|start-bitstransfer"
    r"|downloadstring|downloaddata|downloadfile|net\.webclient|httpclient|net\.webrequest)\b"
)
_DECODES = re.compile(r"(?i)\bfrombase64string\b|\bgzipstream\b")


def judge(shape: Shape) -> Iterator[Finding]:
    if not _PROGRAM.fullmatch(shape.base):
        return
    words = shape.command.words[1:]
    if any(_ENCODED.fullmatch(word.value or "") for word in words):
        yield deny("structural/decoded-execution", "runs encoded PowerShell")
        return
    texts = [word.value or word.source for word in words]
    texts += [one.target.value or "" for one in shape.command.redirects if one.op[:2] == "<<"]
    code = _QUOTED.sub("''", " ".join(texts))
    if not _RUNS.search(code):
        return
    if _FETCHES.search(code):
        yield deny("structural/remote-substitution", "the PowerShell text runs what it fetches")
    elif _DECODES.search(code):
        yield deny("structural/decoded-execution", "the PowerShell text runs what it decodes")
