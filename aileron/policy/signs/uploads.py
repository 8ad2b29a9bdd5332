"""Files that a program hands over by their names alone: an attachment, an upload, a form.

`ftp.putbinaryfile("x")`, `attachments: [{path: "x"}]`, `form.append("f", createReadStream("x"))`
with `form.submit(…)`, `local @ARGV = ("x")` whose lines are posted.
"""

from __future__ import annotations

import re

from aileron.policy.signs import values
from aileron.policy.signs.values import Sign

_PATH = r"\s*[\"'`]([^\"'`\n]+)[\"'`]"
_HANDED = {
    "ruby": (
        re.compile(rf"\.(?:put(?:binary|text)file|storbinary|add_file|attach_file)\s*\(?{_PATH}"),
        re.compile(rf"\.upload!?\s*\(?[^;)\n]*?{_PATH}\s*,\s*[\"'][^\"']*[\"']\s*\)?(?:$|[;}}\n])"),
        re.compile(rf"(?:UploadIO|FilePart)\.new\s*\(?{_PATH}"),
    ),
    "node": (
        re.compile(rf"attachments\s*:[^\]]*?\bpath\s*:{_PATH}"),
        re.compile(
            rf"\.append\(\s*[\"'`][^\"'`]*[\"'`]\s*,[^;]*?(?:createReadStream|readFileSync)\({_PATH}"
        ),
        re.compile(
            rf"\.(?:attach|upload|uploadFrom|fastPut|put|fPutObject|uploadFile)\([^;]*?{_PATH}"
        ),
    ),
    "perl": (
        re.compile(rf"@ARGV\s*=\s*\(?(?:qw\()?{_PATH}"),
        re.compile(rf"(?:->put|->attach|Path\s*=>|=>\s*\[)\s*\(?{_PATH}"),
    ),
    "php": (
        re.compile(rf"(?:CURLFile|curl_file_create|addAttachment|ftp_put\([^;]*?)\(?{_PATH}"),
        re.compile(rf"ftp_put\([^;]*,{_PATH}"),
    ),
}
_SENDS = re.compile(
    r"\.submit\(|sendMail|Net::(?:FTP|SCP|SFTP)|\bpost\b|->request|smtp|SMTP|\.upload|ftp|sftp|S3"
    r"|minio|request|\.send\b|deliver|curl_exec|fetch\(|axios|got\("
)
_TO_OTHERS = re.compile(r"sendMail|FTP|SFTP|SCP|smtp|SMTP|S3")
_ADDRESS = re.compile(
    r"\w+://[^\s\"'`]+|(?<=[\"'`])[\w-]+(?:\.[\w-]+)+(?=[\"'`:])|(?<=[\"'`])localhost"
)


def signs(language: str, code: str, home: str) -> tuple[Sign, ...]:
    patterns = _HANDED.get(language, ())
    if not patterns or not _SENDS.search(code):
        return ()
    found: list[str] = [one for pattern in patterns for one in pattern.findall(code)]
    hosts = [one for one in _ADDRESS.findall(code) if one not in found]
    address = next((one for one in hosts if "://" in one or "localhost" in one), "")
    address = address or next(iter(hosts), "")
    if not address and not _TO_OTHERS.search(code):
        return ()
    return tuple(
        sign for path in dict.fromkeys(found) for sign in values.sends(address, [f"file:{path}"])
    )
