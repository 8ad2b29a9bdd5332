"""`aileron init`: a first policy for a project."""

from __future__ import annotations

import os
from pathlib import Path

import click

from aileron.errors import PolicyError
from aileron.session import facts, inside
from aileron.session.policy_files import PROJECT_FILE

TEXT = """\
# What a coding agent may do in this project; Aileron judges every command by it.
# The built-in rules hold already: `aileron policy show` lists them.  Deny beats
# ask beats allow, and no rule here lifts a built-in deny.
version: 1

# Denied without a question.  Words match with options between them, too.
deny:
  # - git push origin main
  # - command: terraform destroy
  #   message: ask the platform team to do this

# A person is asked.
ask:
  # - make deploy

# Allowed without a question, once each person has run `aileron trust`.
# `*` at the end stands for any further words.
allow:
  # - ./scripts/check *
  # - command: cat *
  #   path: ~/.config/example/*

# Built-in asks that this project does not want (see `aileron policy show`).
# override: [inline/python]

# What no rule speaks about: ask (as it comes), allow or deny.
# default: ask
"""


@click.command(epilog="Example: aileron init")
def init() -> int:
    """Write a minimal, commented aileron.yaml for this project."""
    inside.refuse_inside("writing a policy")
    path = Path(facts.project_root(str(Path.cwd()))) / PROJECT_FILE
    try:
        # Not more than 0644 whatever the umask: a policy that others can write is refused.
        descriptor = os.open(path, os.O_WRONLY | os.O_CREAT | os.O_EXCL | os.O_CLOEXEC, 0o644)
    except FileExistsError:
        raise PolicyError(
            "is there already", file=str(path), hint=f"aileron policy check {path}"
        ) from None
    except OSError as error:
        raise PolicyError(
            f"cannot be written: {(error.strerror or 'unknown error').lower()}", file=str(path)
        ) from error
    with os.fdopen(descriptor, "w", encoding="utf-8") as file:
        file.write(TEXT)
    click.echo(f"wrote {path}")
    click.echo("next: edit it, try it with `aileron policy test CMD`, then `aileron launch AGENT`")
    return 0
