"""The contained tier as one bubblewrap command line.

What the agent's side sees:
  - the file system as it is, but every shell is the shim, and nothing of
    Aileron's can be written: state and audit are absent, settings, package,
    interpreter and the project's aileron.yaml are read-only;
  - `/dev`, `/proc` and the process table of its own: no terminal of the person
    can be opened, no process outside be seen or signalled;
  - no sockets through which another program would act for it: the session bus,
    X11, Wayland, containers, ssh-agent, tmux, screen, kitty, wezterm, editors.

Home stays writable in this form, and so does the network; `doctor` says both.
The values here are decided before; `argv()` only writes them down.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass

CONTAINED = "/dev/aileron"  # a tmpfs of the namespace's own, so it can always be made

# Variables that lead to a socket, a terminal or a display of the person.
HIDDEN_VARIABLES = frozenset(
    {
        "SSH_AUTH_SOCK",
        "SSH_AGENT_PID",
        "SSH_TTY",
        "GPG_AGENT_INFO",
        "GNOME_KEYRING_CONTROL",
        "DBUS_SESSION_BUS_ADDRESS",
        "DBUS_SYSTEM_BUS_ADDRESS",
        "DISPLAY",
        "WAYLAND_DISPLAY",
        "WAYLAND_SOCKET",
        "XAUTHORITY",
        "SESSION_MANAGER",
        "TMUX",
        "TMUX_PANE",
        "STY",
        "WINDOW",
        "ZELLIJ",
        "ZELLIJ_PANE_ID",
        "ZELLIJ_SESSION_NAME",
        "DOCKER_HOST",
        "CONTAINER_HOST",
        "XDG_RUNTIME_DIR",
        "NVIM",
        "NVIM_LISTEN_ADDRESS",
        "ITERM_SESSION_ID",
        "GPG_TTY",
    }
)
HIDDEN_PREFIXES = ("KITTY_", "WEZTERM_", "VSCODE_", "WT_", "GHOSTTY_", "ALACRITTY_")

# Folders and sockets that let a program act outside; `{uid}` is filled in.
HIDDEN_FOLDERS = (
    "/run/user",
    "/run/dbus",
    "/run/screen",
    "/run/containerd",
    "/run/podman",
    "/tmp/.X11-unix",
    "/tmp/.ICE-unix",
    "/tmp/tmux-{uid}",
    "/tmp/.screen",
)
HIDDEN_SOCKETS = (
    "/run/docker.sock",
    "/run/crio/crio.sock",
    "/run/systemd/private",
    "/run/snapd.socket",
    "/run/libvirt/libvirt-sock",
    "/run/pcscd/pcscd.comm",
)


@dataclass(frozen=True, slots=True, kw_only=True)
class Namespace:
    """`shells` are resolved paths over which `shim` is laid; `folders` are hidden
    behind an empty tmpfs, `sockets` behind /dev/null; `readonly` and `writable`
    paths exist.  All paths are absolute."""

    bwrap: str
    tier: str  # the session's tier directory
    shim: str
    shells: tuple[str, ...]
    folders: tuple[str, ...]
    sockets: tuple[str, ...]
    readonly: tuple[str, ...]
    cwd: str


def hides(name: str) -> bool:
    """Whether this environment variable stays outside."""
    return name in HIDDEN_VARIABLES or name.startswith(HIDDEN_PREFIXES)


def without_hidden(environment: Mapping[str, str]) -> dict[str, str]:
    return {name: value for name, value in environment.items() if not hides(name)}


def argv(space: Namespace, command: Iterable[str], info: int | None = None) -> list[str]:
    """The bwrap command that runs `command` in the namespace; `info` is the descriptor on which
    it reports the namespace's first process."""
    out = [
        space.bwrap,
        *("--unshare-user", "--unshare-pid", "--unshare-ipc", "--disable-userns"),
        "--die-with-parent",
        *("--cap-drop", "ALL"),
        *("--bind", "/", "/"),
        *("--dev", "/dev"),
        *("--proc", "/proc"),
        *("--ro-bind", "/proc/sys", "/proc/sys"),
        *("--ro-bind-try", "/proc/sysrq-trigger", "/proc/sysrq-trigger"),
    ]
    if info is not None:
        out += ["--info-fd", str(info)]
    for folder in space.folders:
        out += ["--tmpfs", folder]
    for socket in space.sockets:
        out += ["--ro-bind", "/dev/null", socket]
    for path in space.readonly:
        out += ["--ro-bind", path, path]
    out += ["--ro-bind", space.tier, CONTAINED]
    for shell in space.shells:
        out += ["--ro-bind", space.shim, shell]
    out += ["--chdir", space.cwd, "--", *command]
    return out
