"""Programs that a text writes, builds and runs, in languages that are not read: Go, Java, Rust, C.

Whether one sends a key is told by what stands in it: a key's file is opened, and a connection
to another machine.  A key that a client of ssh or TLS logs in with is not sent.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aileron.model import Facts
from aileron.policy import network, paths, written
from aileron.policy.finding import Finding, deny
from aileron.policy.paths import Place
from aileron.policy.shape import Shape
from aileron.policy.tables import names

RULE = "structural/secret-to-network"
_BUILDS = names("""
    go java javac kotlin kotlinc scala scala-cli groovy rustc cargo gcc cc g++ c++ clang clang++ tcc
    dotnet csc mcs swift swiftc zig nim crystal dmd rdmd ghc runghc runhaskell ocaml v odin make
    tsx ts-node dart csi fpc
    """)
_SOURCE = re.compile(
    r".+\.(?:go|java|kts?|scala|groovy|rs|c|cc|cpp|cxx|cs|swift|zig|nim|cr|d|hs|ml|v|ts|dart|pas|fsx?)"
)
_CONNECTS = re.compile(
    r"http\.(?:Post|PostForm|NewRequest|Client)|net\.Dial|tls\.Dial|TcpStream|UdpSocket|reqwest|ureq"
    r"|hyper::|HttpClient|HttpRequest|HttpURLConnection|openConnection|openStream|URLSession"
    r"|\bSocket\s*\(|\bsocket\s*\(|WebClient|TcpClient|PostAsync|curl_easy|std\.http|tcpConnect"
    r"|connectTcp|HTTP::Client|TCPSocket|simpleHttp|httpLBS|httpclient|newHttpClient|\bfetch\s*\("
    r"|NWConnection|HttpWebRequest|getaddrinfo|smtp\.SendMail|okhttp|axios"
)
_LOGS_IN = re.compile(
    r"ParsePrivateKey|ssh\.Dial|JSch|LoadX509|AuthMethod|userauth|PrivateKeyFile|Identity::from"
    r"|dotenv|KeyStore|usePrivateKey"
)
_OPENS = (
    r"(?:[Rr]ead\w*|[Oo]pen\w*|fs::read\w*|ofFile|Path\.of|Paths\.get|Path|new File|File"
    r"|FileInputStream|ifstream\s*\w*|contentsOf(?:File)?:|of|get|fromFile|createReadStream|embedFile)"
)
_OPENED = re.compile(_OPENS + r"!?\s*\(?\s*\(?\s*(?:atPath:|contentsOfFile:)?\s*&?\"([^\"\n]+)\"")
_TEXT = re.compile(r"[\"'`]([^\"'`\n]{3,200})[\"'`]")
_ADDRESS = re.compile(r"\w+://[^\s\"'/]+|\"[\w.-]+:\d+\"|\"\d+(?:\.\d+){3}\"")


def judge(shapes: Sequence[Shape], index: int, facts: Facts) -> Iterator[Finding]:
    """What is to be said of a command that builds or runs a program which the text wrote."""
    shape = shapes[index]
    runs = shape.names & _BUILDS or shape.name.startswith("./")
    for made in shapes[:index] if runs else ():
        targets = [one.target for one in made.command.redirects if one.op in (">", ">|")]
        targets += made.command.words[1:2] if made.name == "tee" else ()
        for word in targets:
            path = paths.of_word(word, made.cwd, facts)
            if path is None or not _SOURCE.fullmatch(path):
                continue
            found = written.literal(shapes, path, index, facts)
            secret = _sent(found[1], made.cwd, facts) if found is not None else ""
            if secret:
                yield deny(RULE, f"the program in {path} would send {secret}")
                return


def _sent(code: str, folder: str | None, facts: Facts) -> str:
    if not _CONNECTS.search(code) or _LOGS_IN.search(code):
        return ""
    addresses = [one.strip('"') for one in _ADDRESS.findall(code)]
    if addresses and all(network.is_local(one) for one in addresses):
        return ""
    opened = {paths.absolute(one, folder, facts) for one in _OPENED.findall(code)}
    if facts.home:  # whatever the home folder is put before it with
        below = [one.lstrip("~/") for one in _TEXT.findall(code)]
        opened |= {
            paths.join(facts.home, one) for one in below if "/" in one and one.startswith(".")
        }
    for path in sorted(one for one in opened if one):
        if paths.place(path, facts) in (Place.CREDENTIAL, Place.SECRET):
            return path
    return ""
