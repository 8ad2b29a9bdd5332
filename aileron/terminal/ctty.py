"""Runs as a program of its own between Aileron and the agent: takes the terminal, then execs.

A new session has no terminal until a process of it takes one, and that has to
happen in the child.  Other threads are running in the launcher, so it cannot be
done between fork and exec there; hence this small program:

    python -I -S ctty.py FD PROGRAM ARGUMENT…

FD is a pipe that closes by itself when the exec works; where it does not, the
error number is written to it.  Imports nothing of Aileron's.
"""

import fcntl
import os
import signal
import sys
import termios


def main(arguments: list[str]) -> None:
    report = int(arguments[0])
    os.set_inheritable(report, False)
    for number in (signal.SIGPIPE, signal.SIGXFSZ):  # Python ignores these, an agent does not
        signal.signal(number, signal.SIG_DFL)
    try:
        fcntl.ioctl(0, termios.TIOCSCTTY, 0)
        os.execvp(arguments[1], arguments[1:])
    except OSError as error:
        os.write(report, str(error.errno).encode())
    os._exit(127)


if __name__ == "__main__":
    main(sys.argv[1:])
