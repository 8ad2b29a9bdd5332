"""What is taken for a harmless perl program runs nothing, by perl's own reading of it."""

from __future__ import annotations

import random
import shutil
import subprocess
from pathlib import Path

import pytest

from aileron.policy.perl import does_more

GUARD = """
package Guard;
sub harm { print STDERR "HARM @_\\n"; 1 }
BEGIN {
    no strict 'refs'; no warnings;
    for my $n (qw(system exec readpipe unlink glob kill fork rename mkdir symlink link chdir)) {
        my $m = $n; *{"CORE::GLOBAL::$n"} = sub { harm($m) };
    }
    *CORE::GLOBAL::open = sub (*;$@) { harm("open") };
}
END { harm("ARGV") if "@ARGV" =~ /ls/; harm("ENV") if $ENV{x} or $ENV{a} }
1;
"""
# Pieces in which perl's reading could differ from ours: signs that mean two things, quotes,
# and in each of them something that must not run.
PIECES = r"""
print |say |printf "%s" |$x |$_ |@F |%h |$h{a} |$F[0] |$h{s} |$h{y} |/ |// |/a/ |/1;system(1);#/
/ 1;system(1) |' |" |';system(1);' |";system(1);" |; |;system(1); |system(1) |{ |} |{system(1)}
( |) |(system(1)) |, |=> |. |.. |+ |- |* |% |&& |\|\| |? |: |< |<> |<STDIN> |> |<< |<<X |# |x |x=
y |y/a/b/ |s/a/b/ |s/a/system(1)/ |s |m |q |qq |qw |q{a} |q(;system(1)) |map { |grep { |sort { |sort
keys %h |shift |pop |length |lc |time |split |join |reverse |if |unless |for |while |my |local |$,
$; |$/ |$" |$. |$& |$# |$#F |@_ |@$x |\ |-> |-e |-1 |1 |2 |.5 |eq |and |or |not |! |=~ |= |== |++
"$h{system(1)}" |"$F[system(1)]" |"@F[system(1)]"
"$x->[system(1)]" |"@{[system(1)]}" |"$.[system(1)]" |"${x}[system(1)]"
/$x[system(1)]/ |/@F[system(1)]/ |/$)$\|/ |s{a}{b} |s{a} {system(1)} |s#a#b#
s #a#b# |m{a} |a => |s => |sum |max |first { |return |next |sprintf("%s", |push @a, |END {
"""


def pieces() -> list[str]:
    text = PIECES.strip().replace("\n", " |").replace("\\|", "\0")
    return [one.strip(" ").replace("\0", "|") + " " for one in text.split("|") if one.strip()]


def accepted(count: int) -> list[str]:
    """Programs put together at random that hold something harmful, and are taken for harmless."""
    chosen = random.Random(4)
    every = pieces()
    found: list[str] = []
    while len(found) < count:
        text = "".join(chosen.choice(every) for _ in range(chosen.randint(2, 8)))
        if "system" in text and not does_more(text, frozenset({"List::Util"}), loops=True):
            found.append(text)
    return found


@pytest.mark.skipif(shutil.which("perl") is None, reason="needs perl")
def test_what_is_accepted_runs_nothing(tmp_path: Path) -> None:
    (tmp_path / "Guard.pm").write_text(GUARD)
    (tmp_path / "in").write_text("a b;c\n1 2\n")
    perl = ["perl", f"-I{tmp_path}", "-MGuard", "-MList::Util=sum,max,first"]

    def run(text: str) -> str:
        command = [*perl, "-nE", text, "in"]
        try:
            done = subprocess.run(
                command, cwd=tmp_path, stdin=subprocess.DEVNULL, capture_output=True, timeout=5
            )
        except subprocess.TimeoutExpired:
            return ""
        return done.stderr.decode(errors="replace")

    assert "HARM" in run("system(1)")  # else this test could not fail
    assert [text for text in accepted(200) if "HARM" in run(text)] == []
