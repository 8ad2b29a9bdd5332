"""What a program given in a command does, as far as that can be proven from its text.

A deed is a value that the policy judges by the rules it has for shell commands.
What is not proven is a deed, too: `unknown`, with a reason for a person.
"""

from __future__ import annotations

from dataclasses import dataclass

KINDS = frozenset(
    {
        "read",  # a file or a folder's names: value is the path
        "write",  # a file is made or changed, or a folder made
        "delete",
        "delete-tree",
        "text",  # a shell runs the text
        "words",  # a program is run with these words
        "fetch",  # something is read from a URL
        "send",  # data goes to a URL
        "import",  # the first part of an imported module's name: a file of that name shadows it
        "module",  # code that is not known by name is imported: the project's own, or a package
        "search",  # a folder from which modules are imported, too
        "variable",  # an environment variable that programs started by this one will see
        "unpickle",  # objects are made of the files that it reads, by code that they name
        "secret-env",  # an environment variable that may hold a secret is read; None: all of them
        "unknown",  # value says why
    }
)


@dataclass(frozen=True, slots=True)
class Deed:
    """One thing that the program may do.

    `value` is a path, URL, text or name; for `words` a tuple, in which None is a
    word decided at run time, or several.  It is None where all of it is decided
    at run time: then it starts with `prefix`, and with `below` it is that folder or
    what was found in it, without `..` and without leaving it.
    `fixed` is below a folder with a name of which a part is literal, not anything there.
    A relative path is seen from where the program starts; `~/x` means the home folder
    (a file that is really called `~` comes as `./~`).
    """

    kind: str
    value: str | tuple[str | None, ...] | None
    prefix: str = ""
    below: bool = False
    fixed: bool = False
