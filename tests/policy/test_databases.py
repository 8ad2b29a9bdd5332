"""What databases and containers are told, beyond the tables: reasons, links, and a real sqlite."""

from __future__ import annotations

import contextlib
import os
import sqlite3
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from aileron.model import CommandRequest, Verdict
from aileron.policy import sql
from aileron.policy.sql import statements
from aileron.session import facts
from aileron.shell.read import read

from . import tables

REASONS = {
    "psql -c 'update users set a = 1'": "changes the database: UPDATE",
    "psql -c 'select reset_all()'": "calls reset_all, which may do more than read",
    "psql -h prod.example.com -c 'select 1'": "it connects to prod.example.com",
    'psql "$URL" -c "select 1"': 'one of its words is decided at run time: "$URL"',
    "PGSERVICE=prod psql -c 'select 1'": "it connects as PGSERVICE says",
    "psql -f x.sql": "its option -f may do more than read",
    "psql < x.sql": "the text in a file is not read",
    "mysql -e 'select 1 into outfile \"/x\"'": "writes what it reads: INTO",
    "redis-cli flushall": "changes the database: FLUSHALL",
    "sqlite3 app.db 'delete from t'": "deletes every row: DELETE without WHERE",
    "sqlite3 ~/x.db 'select 1'": "works on /home/dev/x.db, which is the home folder",
    "docker run --privileged x": "gives the container every right over this machine: --privileged",
    "docker run -v /srv:/x a ls": "mounts /srv into the container",
    "docker run --pid host x ls": "gives the container more than its own: --pid host",
    "docker exec app rm -rf /srv/x": "deletes /srv/x in a container that may see the project",
}


@pytest.mark.parametrize("command", REASONS)
def test_the_reason_says_what_it_is_about(command: str) -> None:
    found = tables.judge(command)
    assert (found.verdict, found.reason) == (Verdict.ASK, REASONS[command])


def test_the_rule_that_asks_still_names_its_place() -> None:
    """The reason is the statement's, the rule and its line are those of the file."""
    found = tables.judge("psql -c 'drop table x'")
    assert found.rule == "remote-database"
    assert found.place.startswith("builtin.yaml:")


def test_links_that_mounts_and_databases_name_are_followed(tmp_path: Path) -> None:
    root = Path(os.path.realpath(tmp_path))
    (root / "link").symlink_to("/elsewhere")
    for text in (
        "docker run -v ./link:/x alpine ls",
        'docker run -itv"$PWD/link":/x alpine ls',
        "docker run --mount type=bind,src=link,dst=/x alpine ls",
        "sqlite3 app.db \"ATTACH 'link' AS x\"",
        "sqlite3 app.db <<'EOF'\n.read link\nEOF",
    ):
        request = CommandRequest(argv=("bash", "-c", text), cwd=str(root), text=text)
        pair = (request, read(text, "bash", tables.wrappers()))
        found = facts.gather([pair], project=str(root), home="/home/dev", aileron_home="")
        assert found.links[f"{root}/link"] == "/elsewhere", text


STATEMENTS = st.sampled_from(
    [
        *("select 1", "select a from t", "delete from t", "drop table t", "update t set a = 2"),
        *("values (1)", "pragma user_version", "pragma user_version(7)", "pragma user_version = 7"),
        *("with x as (select 1) select * from x", "with x as (select 1) delete from t"),
        *("explain delete from t", "explain query plan delete from t", "select replace(1, 1, 2)"),
        *("insert into t values (3)", "replace into t values (3)", "alter table t rename to u"),
    ]
)
SIGNS = st.sampled_from(
    [
        *("'", '"', "`", "[", "]", "--", "/*", "*/", "/* /*", "*/ ;", "\n", " ", "''", "\\", "$$"),
        *("#", "a", "x'00'", "1e", "(", ")", ",", "as", "/", "go", "e'", "::", ":", "begin;"),
    ]
)
TEXTS = st.lists(
    st.tuples(STATEMENTS, st.sampled_from([";", "; ", "\n;", " ", "--", ";--\n"])).map("".join)
    | SIGNS,
    min_size=1,
    max_size=5,
).map(" ".join)


@settings(max_examples=800, deadline=None)
@given(TEXTS)
@example("/* /* */ delete from t; */")
@example("select 1 -- \r; delete from t")
@example("select 'a\\'; delete from t; --'")
@example("select `a;` from t where [';] = 1; delete from t -- '")
@example("select 1; pragma user_version(7)")
@example("pragma main.user_version(7)")
@example("explain select 1; delete from t")
def test_what_is_said_only_to_read_changes_nothing_in_a_real_database(text: str) -> None:
    """However quotes, comments and statements are mixed."""
    try:
        found = statements(text, "sqlite")
    except sql.Unread:
        return
    if any(one.why for one in found):
        return
    database = sqlite3.connect(":memory:")
    try:
        database.executescript("create table t (a); insert into t values (1)")
        with contextlib.suppress(sqlite3.Error):
            database.executescript(text)
        assert database.execute("select a from t").fetchall() == [(1,)]
        assert database.execute("pragma user_version").fetchone() == (0,)
    finally:
        database.close()


@settings(max_examples=300, deadline=None)
@given(st.text(max_size=40), st.sampled_from(["postgres", "mysql", "sqlite", "duckdb"]))
def test_no_text_is_too_odd(text: str, dialect: str) -> None:
    for start in ("", "select ", "\\", ".", "copy ", "pragma ", "attach ", "set ", "explain "):
        try:
            statements(start + text, dialect)
        except sql.Unread:
            continue
