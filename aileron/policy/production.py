"""`effect/production`: a command that changes data is told to do so in production.

`RAILS_ENV=production bin/rails db:migrate`, `alembic upgrade head` with a `DATABASE_URL` of
`$PROD_URL`, `php artisan migrate --env=production`: the same command is everyday work in
development.  What only builds or serves with the settings of production is not meant.
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Sequence

from aileron.policy import environment
from aileron.policy.finding import Finding, ask
from aileron.policy.shape import Shape
from aileron.policy.tables import names

RULE = "effect/production"
_LIVE = re.compile(r"(?i)(?<![a-z])(?:prod|production|live)(?![a-z])")
_CHANGES = re.compile(
    r"(?<![a-z])(?:migrate|migrations?|upgrade|downgrade|seed|rollback|reset|flush|loaddata|dbshell"
    r"|console|runner|tinker|drop|truncate|purge|backfill|db)(?![a-z])"
)
# What frameworks and their tools are started by.
_RUNNERS = names("""
    rails rake bundle php artisan python python3 manage.py flask django-admin alembic uv poetry npx
    npm yarn pnpm bun node mix knex sequelize sequelize-cli prisma typeorm drizzle-kit dotnet flyway
    liquibase dbmate goose migrate sqlx diesel atlas sea-orm-cli phinx doctrine symfony console make
    """)
_EXPORTS = names("export declare typeset")


def judge(shapes: Sequence[Shape], index: int) -> Iterator[Finding]:
    shape = shapes[index]
    if not shape.names & _RUNNERS:
        return
    words = [word.value or word.source for word in shape.command.words[1:]]
    if any(map(_CHANGES.search, words)):
        live = next(filter(None, (*map(_of_word, words), *_settings(shapes, index))), "")
        if live:
            yield ask(RULE, f"changes data in production: {live}", outward=True)


def _of_word(word: str) -> str:
    """An option, or a setting in a word, that names production; a file's name says nothing."""
    plain = word.startswith("-") or "=" in word or _LIVE.fullmatch(word)
    return word if plain and _LIVE.search(word) else ""


def _settings(shapes: Sequence[Shape], index: int) -> Iterator[str]:
    """What the command's own variables, and those exported before it, say of production."""
    for at, shape in enumerate(shapes[: index + 1]):
        if at == index or shape.names & _EXPORTS:
            for name, word in environment.assigned(shape):
                value = word.value or word.source
                if _LIVE.search(value):
                    yield f"{name}={value}"
