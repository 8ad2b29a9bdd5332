"""Random shell programs whose commands are `c1`, `c2`, … (each at most once)."""

from __future__ import annotations

import random

from tests.shell.shell_stubs import STUBS

INSERTED = [
    "\n",
    " ",
    ";",
    "&",
    "|",
    "(",
    ")",
    "{",
    "}",
    "<",
    ">",
    "'",
    '"',
    "`",
    "$",
    "\\",
    "#",
    "!",
]


class Grammar:
    """One program; `text` is different for each seed."""

    def __init__(self, seed: int, *, plain: bool = False, mutate: bool = False) -> None:
        self.random = random.Random(seed)
        self.number = 0
        self.plain = plain  # only what dash has, too
        text = self.script(self.random.choice((1, 2, 2)))
        self.text = self.mutated(text) if mutate else text

    def mutated(self, text: str) -> str:
        for _ in range(self.random.randint(1, 3)):
            at = self.random.randrange(len(text) + 1)
            kind = self.random.randrange(6)
            if kind == 0:
                text = text[:at] + text[at + 1 :]
            elif kind == 1:
                text = text[:at] + self.random.choice(INSERTED) + text[at:]
            elif kind == 2:
                end = at + self.random.randint(1, 6)
                text = text[:at] + text[end:]
            elif kind > 3 and not self.plain:
                text = text[:at] + "\\\n" + text[at:]
            else:
                text = text[:at] + text[at + 1 : at + 2] + text[at : at + 1] + text[at + 2 :]
        return text

    def one_of(self, *items: str) -> str:
        return self.random.choice(items)

    def chance(self, part: float) -> bool:
        return self.random.random() < part

    def name(self) -> str:
        self.number = min(self.number + 1, STUBS)
        text = f"c{self.number}"
        if self.chance(0.12):
            forms = [f"'{text}'", f'"{text}"', f"\\{text}", f"c''{text[1:]}", f'c"{text[1:]}"']
            if not self.plain:
                forms += [f"$'{text}'", f"$'\\x63'{text[1:]}", f'$"{text}"', "c\\\n" + text[1:]]
            return self.random.choice(forms)
        return text

    def script(self, depth: int, *, flat: bool = False) -> str:
        parts = []
        for _ in range(self.random.choice((1, 1, 2, 3))):
            parts.append(self.and_or(depth))
            ends = (
                [";", "; ", " &"] if flat else [";", "\n", "\n\n", " &\n", "; # it's\n", " \\\n;"]
            )
            parts.append(self.one_of(*ends))
        if not flat and self.chance(0.2):
            parts.append(self.document(depth))
        return "".join(parts)

    def and_or(self, depth: int) -> str:
        text = self.pipeline(depth)
        while self.chance(0.3):
            text += self.one_of(" && ", " || ", "&&", "||", " && \\\n") + self.pipeline(depth)
        return text

    def pipeline(self, depth: int) -> str:
        text = self.one_of("! ", "time ", "! ! ", "time -p ") if self.chance(0.1) else ""
        if self.plain:
            text = "! " if text else ""
        text += self.command(depth)
        while self.chance(0.2):
            bar = self.one_of(" | ", "|") if self.plain else self.one_of(" | ", "|", " |& ", " |\n")
            text += bar + self.command(depth)
        return text

    def command(self, depth: int) -> str:
        if depth <= 0 or self.chance(0.6):
            return self.simple(depth)
        kinds = [self.group, self.if_, self.loop, self.case, self.function, self.wrapped]
        if not self.plain:
            kinds += [self.test, self.arithmetic, self.coproc, self.more]
        text = self.random.choice(kinds)(depth - 1)
        return text + (self.redirection(depth - 1) if self.chance(0.2) else "")

    def simple(self, depth: int) -> str:
        text = ""
        while self.chance(0.1):
            text += self.assignment(depth) + " "
        text += self.name()
        while self.chance(0.4):
            text += " " + self.word(depth)
        if self.chance(0.15):
            text += self.redirection(depth)
        if self.chance(0.06):
            return self.assignment(depth)
        return text

    def assignment(self, depth: int) -> str:
        forms = [f"v={self.word(depth)}"]
        if not self.plain:
            forms += [
                f"a=({self.word(depth)} {self.word(depth)})",
                f"a[{self.expression(depth)}]={self.word(depth)}",
                f"v+={self.word(depth)}",
                f"a=([1]={self.word(depth)} # (\n {self.word(depth)})",
            ]
        return self.random.choice(forms)

    def redirection(self, depth: int) -> str:
        forms = [f" > f{self.random.randint(1, 3)}", " 2>&1", " < f1", " >> f2", " 2> f3"]
        if not self.plain:
            forms += [f" < <({self.inside(depth)})", f" > >({self.inside(depth)})", " &> f1"]
            forms += [f" <<< {self.word(depth)}", " {fd}> f1", f" > f$({self.inside(depth)})"]
            forms += [" {a[1]}> f1", " >| f1", " 2>&1- ", " <> f2", " &>> f1", " >& f2"]
        return self.random.choice(forms)

    def document(self, depth: int) -> str:
        """Here-documents, with more on their first line."""
        if not self.plain and self.chance(0.2):
            return self.one_of(
                f"cat <<A $({self.name()} <<B\n$({self.name()})\nB\n)\n$({self.name()})\nA\n",
                f"cat <<a$ <<'' <<$x\n$({self.name()})\na$\n$(c)\n\n$({self.name()})\n$x\n",
                f'cat <<`a` <<"$x" | {self.name()}\n$({self.name()})\n`a`\n$(c)\n$x\n',
                f"cat <<E; {{ {self.name()}\n$({self.name()})\nE\n}}\n",
                f"if cat <<E; then {self.name()}; fi\n$({self.name()})\nE\n",
                f"cat <<$'A' <<{{a,b}} &\n$(c)\nA\n$({self.name()})\n{{a,b}}\n",
                f"cat <<-''\n\t$({self.name()})\n\t\n{self.name()}\n",
                f". /dev/stdin <<'S'\n{self.name()} $({self.name()})\nS\n",
                f"cat <<E\n${{x:-'{self.soup()}'}} {self.soup()}\nE\n",
            )
        if self.chance(0.2):
            return self.one_of(
                f"sh <<'S'\n{self.name()}\n{self.name()} a\nS\n",
                f"sh -s a <<'S' && {self.name()}\n{self.name()}\nS\n",
                f"cat <<A; cat <<B; {self.name()}\n$({self.name()})\nA\n$({self.name()})\nB\n",
                f'cat <<A "x\n" $({self.name()})\n$({self.name()})\nA\n',
                f"cat <<A ${{x:-\n}} {self.name()}\n$({self.name()})\nA\n",
            )
        end = self.one_of("E", "EOF", "'E'", '"E"', "\\E", 'E"O"F')
        dash = self.one_of("", "-")
        tab = "\t" if dash and self.chance(0.5) else ""
        name = end.replace("'", "").replace('"', "").replace("\\", "")
        body = "".join(
            tab
            + self.one_of(
                f"text $({self.inside(depth)}) it's",
                f"`{self.inside(0)}` \\$({self.name()})",
                f"${{x:-$({self.inside(0)})}}",
                f"{name} not",
                f"\\`{self.name()}",
                f"line \\\\\n{tab}more",
                f"joined \\\n{name}",
                "$((1 + 1)) \" ' (",
            )
            + "\n"
            for _ in range(self.random.randint(0, 3))
        )
        more = self.one_of(
            "", f" | {self.name()}", f" && {self.name()}", f"; {self.name()}", " > f1"
        )
        return f"{self.name()} <<{dash}{end}{more}\n{body}{tab}{name}\n"

    def inside(self, depth: int) -> str:
        """A script inside a substitution."""
        if depth <= 0:
            return self.name()
        text = self.script(depth - 1)
        return text if not text.startswith("(") else " " + text

    def backtick(self, depth: int) -> str:
        text = self.script(min(depth - 1, 1), flat=True) if depth > 0 else self.name()
        return "`" + text.replace("\\", "\\\\").replace("`", "\\`") + "`"

    def word(self, depth: int) -> str:
        depth -= 1
        plain = [
            "a",
            "-x",
            "a=b",
            "'single $(c)'",
            '"double"',
            "\\;",
            "a#b",
            "~",
            "*",
            "{a,b}",
            "''",
        ]
        if depth < 0 or self.chance(0.6):
            return self.random.choice(plain)
        forms = [
            f"$({self.inside(depth)})",
            f'"x$({self.inside(depth)})y"',
            self.backtick(depth),
            f"${{x:-{self.word(depth)}}}",
            f'"${{x:-$({self.inside(depth)})}}"',
            f"${{x#$({self.inside(depth)})}}",
            f"$(({self.expression(depth)}))",
            f"x{self.word(depth)}{self.word(depth)}",
        ]
        if not self.plain:
            forms += [
                f"<({self.inside(depth)})",
                f"${{a[$({self.inside(depth)})]}}",
                f"${{x/{self.name()}/$({self.inside(depth)})}}",
                f"${{v:{self.expression(depth)}}}",
                f"${{x:-<({self.inside(depth)})}}",
                f"$'it\\'s {self.name()}'",
                f"\"${{x:-'$({self.inside(0)})'}}\"",
                f"$[{self.expression(depth)}]",
                f"{{a,$({self.inside(depth)})}}",
                f'"`{self.name()} \\"x\\"`"',
                self.braces(),
                self.braces(),
                self.ansi_c(),
                f'"${{x:-{self.soup()}}}"',
                f"${{x:-{self.soup()}}}",
                f'"${{x#{self.soup()}}}"',
                f"${{x/{self.soup()}/{self.soup()}}}",
                f'"{self.soup()}"',
                f"$(({self.soup()}))",
                f"$(({self.inside(depth)}))",
                f"$(({self.inside(depth)}) )",
                f"$( ({self.inside(depth)}) )",
                f"${{a[{self.soup()}]}}",
                f"$\\\n({self.inside(depth)})",
                "${x//\\'/}",
                "\"${x//$'\\n'/ }\"",
            ]
        return self.random.choice(forms)

    def soup(self) -> str:
        """A few characters that mean something somewhere, and a command."""
        pieces = [
            *"'\"{}()[]\\ ab,;#",
            "''",
            "'}'",
            '"a"',
            "\\}",
            "$x",
            "${x}",
            "$'a'",
            f"$({self.name()})",
            f"`{self.name()}`",
            f"<({self.name()})",
            f"'$({self.name()})'",
        ]
        return "".join(self.random.choice(pieces) for _ in range(self.random.randint(1, 4)))

    def braces(self) -> str:
        pieces = ["{", "{", "}", "}", ",", ",", "..", "a", "1", "03", "-2", "b", "''", '"x"', "\\,"]
        pieces += ["{a,b}", "{1..3}", "$x", "{}"]
        return "".join(self.random.choice(pieces) for _ in range(self.random.randint(2, 9)))

    def ansi_c(self) -> str:
        pieces = ["a", "1", "\\n", "\\x4", "\\x{41}", "\\101", "\\'", "\\\\", "\\c", "\\u00e9", "é"]
        pieces += ["\\q", "\\0", "\\7", "\\?", "\\e", "\n", "\\U41", "}"]
        return f"$'{''.join(self.random.choice(pieces) for _ in range(self.random.randint(1, 5)))}'"

    def expression(self, depth: int) -> str:
        if depth <= 0:
            return "1"
        return self.one_of(
            "1",
            "1 + 2",
            "(1)",
            f"$({self.inside(depth - 1)}) + 1",
            "x",
            f"${{x:-$({self.name()})}}",
        )

    def group(self, depth: int) -> str:
        body = self.script(depth)
        forms = [f"{{ {body} }}", f"({body})", f"( {body} )", f"{{\n{body}}}"]
        return self.random.choice(forms)

    def if_(self, depth: int) -> str:
        text = f"if {self.script(depth)} then {self.script(depth)}"
        if self.chance(0.3):
            text += f"elif {self.script(depth)} then {self.script(depth)}"
        if self.chance(0.4):
            text += f"else {self.script(depth)}"
        return text + " fi"

    def loop(self, depth: int) -> str:
        body = f"{self.script(depth)} break\n"
        forms = [
            f"while {self.script(depth)} do {body} done",
            f"until {self.script(depth)} do {body} done",
            f"for i in {self.word(depth)} {self.word(depth)}; do {body} done",
            f"for i in 1 {self.word(depth)}\ndo {body}done",
            f"for i; do {body} done",
        ]
        if not self.plain:
            forms += [
                f"for ((i = 0; i < {self.expression(depth)}; i++)); do {body} done",
                f"for i in 1; {{ {self.script(depth)} }}",
            ]
        return self.random.choice(forms)

    def case(self, depth: int) -> str:
        ends = [";;"] if self.plain else [";;", ";&", ";;&"]
        clauses = "".join(
            f"{self.one_of('', '(')}{pattern}) {self.script(depth)}\n{self.one_of(*ends)}\n"
            for pattern in (self.word(depth), f"a | {self.word(depth)}", "*")
            if self.chance(0.7)
        )
        return f"case {self.word(depth)} in\n{clauses} esac"

    def function(self, depth: int) -> str:
        name = f"f{self.random.randint(1, 3)}"
        forms = [
            f"{name}() {{ {self.script(depth)} }}; {name}",
            f"{name} () (\n{self.script(depth)})",
        ]
        if not self.plain:
            forms += [
                f"function {name} {{ {self.script(depth)} }}\n{name}",
                f"f+() {{ {self.script(depth)} }}; f+",
                f"function f-g\n\n( {self.script(depth)} ) > f1; f-g",
                f"function {name} () if {self.name()}\nthen {self.name()}; fi\n{name}",
                f"function {name} while {self.name()}\ndo {self.name()}; break; done; {name}",
                f"{name}() for i in 1; do {self.name()}; done <<E\n$({self.name()})\nE\n{name}",
                f"{name}()\n# it's\n[[ -n $({self.name()}) ]]\n{name}",
                f"{name}() (({self.expression(depth)})); {name}",
            ]
        return self.random.choice(forms)

    def wrapped(self, depth: int) -> str:
        inner = self.name() + " " + self.one_of("a", "'b c'", "")
        forms = [
            f"eval '{self.name()}; {self.name()} x'",
            f"eval {self.name()} '&&' {self.name()}",
            f"sh -c '{self.name()}; {self.name()}'",
            f'env -i PATH="$PATH" {inner}',
            f"env x=1 {inner}",
            f"nohup {inner}",
            f"timeout 3 {inner}",
            f"nice -n 1 {inner}",
            f"echo a | xargs -n 1 {inner}",
            f"exec {inner}",
            f"command {inner}",
            f"trap '{self.name()}' EXIT",
        ]
        if not self.plain:
            forms += [
                f"bash -c '{self.name()}; [[ $({self.name()}) ]]' x",
                f"bash -ec '{self.name()} && {self.name()}'",
                f"bash <<< '{self.name()}; {self.name()}'",
                f"env -S '{self.name()} a'",
            ]
        return self.random.choice(forms)

    def test(self, depth: int) -> str:
        left, right = self.word(depth), self.word(depth)
        return self.one_of(
            f"[[ {left} == {right} ]]",
            f"[[ -n {left} && ( {right} == a || ! -e {left} ) ]]",
            f"[[ {left} =~ ^(a|b$({self.name()}))$ ]]",
            f'[[ "`{self.name()}`" == "" ]]',
            f"[[ {left} == @(a|$({self.name()})) ]]",
            f"[[ {left} < {right} ]]",
            f"[[ {left} ]]",
            f"[[ $({self.name()}) -eq 1\n]]",
        )

    def arithmetic(self, depth: int) -> str:
        return f"(({self.expression(depth)}))"

    def coproc(self, depth: int) -> str:
        return self.one_of(
            f"coproc {self.simple(0)}",
            f"coproc N {self.group(depth)}",
            f'coproc "N" {self.group(depth)}',
            f"coproc {self.group(depth)}",
            f"coproc N if {self.name()}; then {self.name()}; fi",
            f"coproc [[ $({self.name()}) ]]",
        )

    def more(self, depth: int) -> str:
        """What has fooled readers before."""
        return self.one_of(
            f"$((c2); ({self.name()}))",
            f"(({self.name()}); ({self.name()}))",
            f"( ({self.name()}); ({self.name()}))",
            f"echo $( ({self.name()}) )",
            f"echo $(({self.name()}) | {self.name()})",
            f"select i in a; do {self.name()}; break; done",
            f"a=( $({self.name()})\n'x y' # (\n)",
            f"declare a=($({self.name()}) b) v=$({self.name()})",
            f"echo $(case x in x) {self.name()};; esac)",
            f"echo $({self.name()} # )\n)",
            f'echo "$(echo "$({self.name()})" \')\')"',
            f"echo `echo \\`{self.name()}\\``",
            f"echo `echo \\`echo \\\\\\`{self.name()}\\\\\\`\\``",
            f"printf -v 'a[$({self.name()})]' x",
            f"[[ 'a[$({self.name()})]' -eq 1 ]]",
            f"x='a[$({self.name()})]'; echo $((x))",
            f"echo $(cat <<E\n$({self.name()})\nE\n)",
            f"x={self.name()}; $x a",
            f"x={self.name()}\nf() {{ $x; }}\nf",
            f"if false; then x=c1; fi; x={self.name()}; $x",
            f"declare -a a='(1 $({self.name()}))'",
            f"a=(); declare a='(`{self.name()}`)'",
            f"mapfile -C {self.name()} -c 1 a <<< x",
            f"jobs -x {self.name()} a",
            f"PS4='$({self.name()})'; set -x; {self.name()}; set +x",
            f"let 'a[$({self.name()})]=1'",
            f"unset 'a[$({self.name()})]'; read 'a[$({self.name()})]' <<< 1",
            f"echo ${{a['$({self.name()})']}} ${{x:'$({self.name()})'}}",
            f"i=$(echo 'a[$({self.name()})]'); ((i))",
            f"f1() {{ ((f2)); [[ $1 -eq 1 ]]; }}; f1 'a[$({self.name()})]'",
            f"source /dev/stdin <<< '{self.name()}; {self.name()} a'",
            f"x=c1; x2=c2; $x\\\n2; {self.name()}",
            f"!({self.name()})",
            f"!({self.name()}) | {self.name()}",
            f"time -p -- {self.name()}",
            f"{self.name()} | time {self.name()}",
            f"(({self.name()}) | {self.name()})",
            f"(({self.name()} ')'); {self.name()})",
            f"$(({self.name()}) )",
            f"echo $(case a in a) {self.name()} # )\n;; (b) esac; {self.name()})",
            f"case esac in (esac) {self.name()};; esac",
            f"case in in in|if) {self.name()} ;;& *) {self.name()}; esac",
            f"for do in do; do {self.name()} do; done",
            f"for ((;;)) {{ {self.name()}; break; }}",
            f"[[ ( a == a ) && ! ( b < a )\n || x =~ (a|b\\ c)[)] ]] && {self.name()}",
            f"[[ a = b\n]] || {self.name()} # ]]",
            f"a=([0]=$({self.name()}) [ 1 ]=x {{a,b}}); {self.name()}",
            f"trap 'echo $({self.name()})' EXIT; {self.name()}",
            f"eval \"{self.name()} 'a b'\"",
            f"{{ {self.name()};}} {{fd}}<&0; {self.name()}",
            f"shopt -s extglob\n{self.name()} @(a|$({self.name()})) !(x)",
        )
