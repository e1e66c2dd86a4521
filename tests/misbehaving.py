"""What worker processes are made to run in the tests: importable by name, from a file without other imports."""

import os
import signal
import time


def hang():
    while True:
        time.sleep(60)


def hang_in_c():
    """Stay in one call that no signal handler of Python's can interrupt."""
    return pow(7, 10**9)


def die():
    os.kill(os.getpid(), signal.SIGKILL)


def fail(text):
    raise ValueError(text)


def where():
    return os.getpid(), os.nice(0), signal.getsignal(signal.SIGINT) == signal.SIG_IGN


def take_memory(many):
    return len(bytearray(many))


def die_instead(*_, **__):
    die()


def hang_instead(*_, **__):
    hang()
