"""Packages that are installed by name: what files of the project name, and the shipped table."""

from __future__ import annotations

import os
import re
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from aileron.model import CommandRequest, Decision, Facts
from aileron.policy.packages import Wanted
from aileron.policy.registries import MANIFESTS
from aileron.session import packages
from aileron.session.judge import Judge
from tests.conftest import Aileron

TABLE = Path(__file__).with_name("manifests.txt")
KNOWN = packages.known()


def decided(judge: Judge, command: str, folder: str = "") -> Decision:
    cwd = f"{judge.project}/{folder}".rstrip("/")
    return judge.decide(CommandRequest(argv=("bash", "-c", command), cwd=cwd, text=command))


def manifests() -> Iterator[tuple[str, str, list[str]]]:
    """Each file of the table with its text and the lines about its names."""
    found = re.split(r"(?m)^-- (.*) --\n", TABLE.read_text())[1:]
    for at in range(0, len(found), 4):
        yield found[at], found[at + 1], found[at + 3].splitlines()


@pytest.mark.parametrize(
    ("name", "text", "lines"), list(manifests()), ids=lambda one: str(one)[:20]
)
def test_a_manifest_names_its_entries_and_nothing_else(
    tmp_path: Path, name: str, text: str, lines: list[str]
) -> None:
    (tmp_path / name).parent.mkdir(exist_ok=True)
    (tmp_path / name).write_text(text)
    for line in lines:
        sign, registry, wanted = line.split()
        files = packages._Files(Facts(project=str(tmp_path)))
        found = files.naming(Wanted(registry, wanted), str(tmp_path))
        assert found == (name.rpartition("/")[2] if sign == "+" else ""), line


def test_the_files_of_the_folder_and_of_those_above_it_count(
    judge: Judge, aileron: Aileron
) -> None:
    """Up to the project's root; those of another folder beside it do not."""
    for folder, text in (("", "rooted-one"), ("web", "web-one"), ("api", "api-one")):
        (aileron.project / folder).mkdir(exist_ok=True)
        (aileron.project / folder / "package.json").write_text(f'{{"x": {{"{text}": "1"}}}}')
    for command, folder, rule in (
        ("npm i rooted-one web-one", "web", "node"),
        ("cd web && npm i rooted-one web-one", "", "node"),
        ("npm i web-one", "", "package/unknown"),
        ("npm i api-one", "web", "package/unknown"),
        ("pip install rooted-one", "", "package/unknown"),
    ):
        found = decided(judge, command, folder)
        assert found.parts[-1].rule == rule, command


def test_what_is_written_into_a_manifest_counts_at_the_next_command(
    judge: Judge, aileron: Aileron
) -> None:
    assert decided(judge, "pip install turbo-orm").rule == "package/unknown"
    (aileron.project / "requirements.txt").write_text("turbo-orm\n")
    assert decided(judge, "pip install turbo-orm").rule == "python"


def test_files_that_lead_astray_name_nothing(judge: Judge, aileron: Aileron) -> None:
    """A FIFO never ends, a device has no end, and a long file counts as far as it is read."""
    os.mkfifo(aileron.project / "requirements.txt")
    (aileron.project / "Pipfile").symlink_to("/dev/zero")
    (aileron.project / "setup.cfg").write_text("\n" * packages.LIMIT + "turbo-orm\n")
    (aileron.project / "pyproject.toml").mkdir()
    (aileron.project / "uv.lock").write_bytes(b"\xff\0turbo-orm")
    assert decided(judge, "pip install turbo-orm").rule == "package/unknown"
    (aileron.project / "setup.cfg").write_text("turbo-orm\n" + "\n" * packages.LIMIT)
    assert decided(judge, "pip install turbo-orm").rule == "python"


def test_no_more_than_so_many_files_and_names_are_looked_for(
    judge: Judge, aileron: Aileron
) -> None:
    for number in range(packages.MOST_FILES + 10):
        (aileron.project / f"requirements-{number:02}.txt").write_text(f"made-up-{number:02}\n")
    assert decided(judge, "pip install made-up-05").rule == "python"
    assert decided(judge, "pip install made-up-29").rule == "package/unknown"
    many = " ".join(f"made-up-{number}-x" for number in range(5000))
    assert decided(judge, f"pip install {many}").rule == "package/unknown"


def test_a_project_is_not_looked_through_for_what_everybody_knows(
    judge: Judge, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(packages, "_listing", lambda folder: pytest.fail(folder))
    assert decided(judge, "pip install requests && npm i @types/node").rule == "python"
    assert decided(judge, "ls; git status; make").verdict.value


@pytest.mark.parametrize(
    ("registry", "name", "meant"),
    [
        ("pypi", "pandaz", "pandas"),
        ("pypi", "djnago", "django"),
        ("pypi", "reqeusts", "requests"),
        ("pypi", "beautifulsop4", "beautifulsoup4"),
        ("pypi", "sklearn", "scikit-learn"),
        ("pypi", "Python_Dotenvv", "python-dotenv"),
        ("conda", "scippy", "scipy"),
        ("npm", "expresss", "express"),
        ("npm", "lodahs", "lodash"),
        ("npm", "recat", "react"),
        ("crates", "tokoi", "tokio"),
        ("crates", "serde_jsn", "serde_json"),
        ("nuget", "Newtonsoft.Jsonn", "Newtonsoft.Json"),
        ("gems", "siidekiq", "sidekiq"),
        ("pypi", "turbo-orm", ""),
        ("pypi", "abc", ""),
        ("pypi", "a" * 5000, ""),
    ],
)
def test_a_name_that_was_probably_another_is_told(registry: str, name: str, meant: str) -> None:
    assert not KNOWN.has(registry, name)
    assert KNOWN.near(registry, name) == meant


def test_the_reason_names_the_package_and_the_one_that_was_meant(judge: Judge) -> None:
    found = decided(judge, "pip install requests pandaz")
    assert found.reason == (
        "installs pandaz: neither named by this project nor widely used; did you mean pandas?"
    )
    assert "ask" in found.message
    found = decided(judge, "pip install pandaz turbo-orm")
    assert found.reason.startswith("installs pandaz and turbo-orm: neither named")


def test_a_pattern_stands_for_what_one_owner_holds() -> None:
    """It ends at a sign that parts names; where anybody may take any name there is none."""
    for registry, names in KNOWN.registries.items():
        for name in names.written:
            if "*" in name:
                assert registry not in ("pypi", "crates", "gems", "hex", "conda"), name
                assert name.endswith("/*" if registry != "nuget" else ".*"), name
                assert name.count("*") == 1, name
    for registry, name in (
        ("npm", "@typesx/node"),
        ("npm", "types/node"),
        ("nuget", "MicrosoftX.Lib"),
        ("packagist", "symfonyx/console"),
        ("go", "github.com/googlex/uuid"),
        ("go", "golang.org/xx/sync"),
        ("go", "gopkg.in/yaml.v33"),
        ("indexes", "download.pytorch.organ/whl"),
        ("channels", "nvidiax/label"),
    ):
        assert not KNOWN.has(registry, name), name


def test_the_table_has_names_for_each_registry_that_is_installed_from() -> None:
    assert set(MANIFESTS) <= set(KNOWN.registries)
    for registry, names in KNOWN.registries.items():
        assert len(set(names.written)) == len(names.written), registry


def test_the_table_is_not_loaded_before_an_install_is_met(aileron: Aileron) -> None:
    """Neither by an import nor for commands that install nothing."""
    code = """
from aileron.session import judge, packages, policy_files
from aileron.model import CommandRequest
from pathlib import Path
loaded = policy_files.load("/", aileron_home=Path("/nonexistent"), project=False, user=False)
one = judge.judge_for(loaded)
one.decide(CommandRequest(argv=(), cwd="/", text="npm test; pip list; python x.py; npm ci"))
print(packages.known.cache_info().currsize)
one.decide(CommandRequest(argv=(), cwd="/", text="npm i x"))
print(packages.known.cache_info().currsize)
"""
    ran = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert ran.stdout.split() == ["0", "1"]
