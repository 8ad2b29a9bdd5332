"""The programs that install packages by name: how their words tell names from the rest.

One entry a program.  `verbs` are the operands that begin an install (`*` stands for any one), and
what follows is named.  An option that takes a value must be listed, or its value would be taken
for a name; so all options of a program are, whatever subcommand they belong to.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from aileron.policy.tables import names

Verb = tuple[str, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class Installer:
    """`sources` are options whose value says where from; with one of `elsewhere` the operands
    are names of no registry; with `within`, only the values of these options are names."""

    registry: str
    verbs: tuple[Verb, ...]
    values: frozenset[str] = frozenset()
    sources: frozenset[str] = frozenset()
    elsewhere: frozenset[str] = frozenset()
    within: frozenset[str] = frozenset()

    @property
    def valued(self) -> frozenset[str]:
        return self.values | self.sources | self.within


def _verbs(text: str) -> tuple[Verb, ...]:
    return tuple(tuple(one.split()) for one in text.split(","))


_INDEXES = names(
    "-i --index-url --extra-index-url --index --default-index -f --find-links --trusted-host"
)
_PIP = names(
    """
    -r --requirement --requirements -c --constraint --constraints -e --editable -t --target
    --platform --python-version --implementation --abi --root --prefix --src --upgrade-strategy -C
    --config-settings --config-setting --global-option --install-option --build-option --no-binary
    --only-binary --progress-bar --report --hash --python --log --keyring-provider --proxy --retries
    --timeout --default-timeout --exists-action --cert --client-cert --cache-dir --use-feature
    --use-deprecated --root-user-action --group -d --dest -w --wheel-dir -b --build
    """
)
_UV = _PIP | names(
    """
    --extra --optional --tag --branch --rev --script --package --bounds --marker -m --module
    --index-strategy --resolution --prerelease --fork-strategy --exclude-newer --link-mode -p
    --config-file --directory --project --color --torch-backend --python-platform
    --build-constraint --build-constraints --override --overrides -P --upgrade-package
    --reinstall-package --refresh-package --no-build-isolation-package --no-binary-package
    --no-build-package --env-file --with-editable --with-requirements --allow-insecure-host
    --no-extra --no-group --only-group --max-recursion-depth --exclude-newer-package
    """
) - {"-t", "-d", "-b", "--build"}
_GIT = names("--git --github --gist --bitbucket --url")
_LOCAL = _GIT | {"--path"}

_pip = Installer(
    registry="pypi", verbs=_verbs("install,download,wheel"), values=_PIP, sources=_INDEXES
)
_conda = Installer(
    registry="conda",
    verbs=_verbs("install,create"),
    values=names(
        """
        -n --name -p --prefix -f --file --repodata-fn --solver --experimental --subdir --platform
        --clone --revision --rc-file --root-prefix -r --category --log-level
        """
    ),
    sources=names("-c --channel"),
)
_npm = Installer(
    registry="npm",
    verbs=_verbs("install,i,in,ins,add,install-test,it"),
    values=names(
        """
        --prefix -C -w --workspace --tag --loglevel --cache --userconfig --globalconfig --omit
        --include --location --install-strategy --depth --script-shell --otp --fetch-timeout
        --fetch-retries --network-timeout --before --cpu --os --libc --save-prefix --proxy
        --https-proxy --cafile --access --only --also
        """
    ),
    sources=names("--registry"),
)
_pixi = Installer(
    registry="conda",
    verbs=_verbs("add"),
    values=names(
        """
        -p --platform -f --feature --manifest-path -e --environment --branch --tag --rev -s --subdir
        --path
        """
    ),
    sources=names("-c --channel --git --index"),
    elsewhere=names("--git --path"),
)

INSTALLERS: dict[str, Installer] = {
    "pip": _pip,
    "uv": Installer(registry="pypi", verbs=_verbs("add,pip install"), values=_UV, sources=_INDEXES),
    "poetry": Installer(
        registry="pypi",
        verbs=_verbs("add,self add"),
        values=names(
            """
            -G --group -E --extras --python --platform --source -C --directory -P --project
            --markers --optional-group
            """
        ),
    ),
    "pdm": Installer(
        registry="pypi",
        verbs=_verbs("add"),
        values=names(
            "-G --group -p --project -e --editable -L --lockfile --venv -C --config-setting"
            " -k --skip -o --override"
        ),
    ),
    "pipenv": Installer(
        registry="pypi",
        verbs=_verbs("install"),
        values=names("--python --categories -r --requirements -e --editable --extra-pip-args"),
        sources=names("-i --index --pypi-mirror"),
    ),
    "rye": Installer(
        registry="pypi",
        verbs=_verbs("add"),
        values=names("--path --tag --rev --branch --features --optional --pyproject -e"),
        sources=_GIT,
        elsewhere=_LOCAL,
    ),
    **dict.fromkeys(names("conda mamba micromamba"), _conda),
    "pixi": _pixi,
    "npm": _npm,
    "pnpm": Installer(
        registry="npm",
        verbs=_verbs("add,install,i"),
        values=names(
            """
            -C --dir --filter -F --filter-prod --reporter --store-dir --virtual-store-dir
            --modules-dir --lockfile-dir --loglevel --network-concurrency --child-concurrency
            --save-catalog-name --use-node-version --allow-build --tag --prefix
            """
        ),
        sources=names("--registry"),
    ),
    "yarn": Installer(
        registry="npm",
        verbs=_verbs("add,workspace * add"),
        values=names(
            """
            --cwd --modules-folder --cache-folder --mode --network-timeout --network-concurrency
            --mutex --proxy --https-proxy --preferred-cache-folder --use-yarnrc --tag --otp
            """
        ),
        sources=names("--registry"),
    ),
    "bun": Installer(
        registry="npm",
        verbs=_verbs("add,install,i,a"),
        values=names(
            """
            --cwd --config --cache-dir --backend --filter --concurrent-scripts --linker
            --network-concurrency --ca --cafile --omit
            """
        ),
        sources=names("--registry"),
    ),
    "deno": Installer(registry="jsr", verbs=_verbs("add,install,i"), values=names("--config -c")),
    "ng": Installer(registry="npm", verbs=_verbs("add"), values=names("--project --style")),
    "cargo": Installer(
        registry="crates",
        verbs=_verbs("add"),
        values=names(
            """
            -F --features --rename --path --branch --tag --rev -p --package --manifest-path
            --target --lockfile-path --config -Z -C --color --registry
            """
        ),
        sources=names("--git --index"),
        elsewhere=_LOCAL,
    ),
    **dict.fromkeys(
        names("bundle bundler"),
        Installer(
            registry="gems",
            verbs=_verbs("add"),
            values=names("-v --version -g --group --branch --ref --path --glob -r --require"),
            sources=names("-s --source") | _GIT,
            elsewhere=_LOCAL,
        ),
    ),
    "composer": Installer(
        registry="packagist",
        verbs=_verbs("require,req,r"),
        values=names("-d --working-dir --ignore-platform-req --apcu-autoloader-prefix"),
        sources=names("--repository"),
    ),
    "go": Installer(
        registry="go", verbs=_verbs("get"), values=names("-C -tags -mod -modfile -p -ldflags")
    ),
    "dotnet": Installer(
        registry="nuget",
        verbs=_verbs("add package,add * package,package add,tool install,new install"),
        values=names(
            """
            -v --version -f --framework --package-directory --project --tool-path --configfile
            --tool-manifest -a --arch -r --runtime --verbosity
            """
        ),
        sources=names("-s --source --add-source --nuget-source"),
    ),
    "nuget": Installer(
        registry="nuget",
        verbs=_verbs("install"),
        values=names(
            "-Version -OutputDirectory -Framework -ConfigFile -SolutionDirectory -Verbosity"
            " -DependencyVersion -PackagesDirectory"
        ),
        sources=names("-Source -FallbackSource"),
    ),
    "gleam": Installer(registry="hex", verbs=_verbs("add")),
    "mix": Installer(registry="hex", verbs=_verbs("archive.install hex,igniter.install")),
}
# `uv run` installs only what `--with` names.
UV_RUN = Installer(
    registry="pypi",
    verbs=_verbs("run"),
    values=_UV - {"-w"},
    sources=_INDEXES,
    within=names("--with -w"),
)

_PIPS = re.compile(r"pip[23]?(?:\.\d+)?")
_PYTHONS = re.compile(r"(?:python[23]?(?:\.\d+)?|py|pypy3?)")


def may_install(name: str) -> bool:
    """Whether a program of this name is worth a closer look."""
    base = name.rpartition("/")[2]
    return base in INSTALLERS or bool(_PIPS.fullmatch(base) or _PYTHONS.fullmatch(base))


def find(base: str, argv: tuple[str | None, ...]) -> tuple[Installer, int] | None:
    """The installer of a command, and how many words stand before its own."""
    if base in INSTALLERS:
        return INSTALLERS[base], 1
    if _PIPS.fullmatch(base):
        return _pip, 1
    if _PYTHONS.fullmatch(base):
        for at, word in enumerate(argv[1:], start=1):
            if word == "-mpip":
                return _pip, at + 1
            if word == "-m":
                given = argv[at + 1] if at + 1 < len(argv) else None
                return (INSTALLERS[given], at + 2) if given in ("pip", "uv") else None
            if word is None or not word.startswith("-"):
                return None
    return None
