"""Runs of ``python -m ...`` that pay for no imports: each is forked from one process that has them all.

Most tests of runs and commands would wait for Python to load some thousand modules, each anew. What is tested is the
same: a process of its own, with its own files, environment, arguments, exit code and end. It is meant for what is done
when it ends; processes that get signals, and those whose start is what is tested, are started as ever.
"""

import array
import atexit
import functools
import gc
import importlib
import json
import os
import pkgutil
import random
import runpy
import signal
import socket
import subprocess
import sys
import tempfile
from contextlib import ExitStack
from multiprocessing import forkserver, util
from pathlib import Path

ROOT = Path(__file__).resolve().parent.parent
PACKAGES = (
    "citekeep", "commands", "spiders", "pipelines", "extensions", "downloadhandlers", "downloadermiddlewares",
    "sandbox", "scrapy.commands", "scrapy.downloadermiddlewares", "scrapy.spidermiddlewares", "itemadapter", "queuelib",
)  # fmt: skip
MODULES = (
    "scrapy.cmdline", "scrapy.dupefilters", "scrapy.extensions.corestats", "scrapy.extensions.logcount",
    "scrapy.extensions.logstats", "scrapy.extensions.memusage", "scrapy.logformatter", "scrapy.pqueues", "scrapy.squeues",
    "resolver", "uvloop", "_strptime", "rich._emoji_codes",
)  # fmt: skip
MESSAGE = 1 << 20


def forked(
    command,
    *,
    cwd=ROOT,
    env=None,
    input=None,  # noqa: A002 - as subprocess has it
    text=False,
    timeout=None,
    check=False,
    capture_output=True,
):
    """Do as ``subprocess.run`` does with its output captured. command: sys.executable, "-m", a module, its arguments."""
    assert capture_output, "this is what it is for"
    assert command[:2] == [sys.executable, "-m"], command
    given = input.encode() if isinstance(input, str) else input or b""
    with ExitStack() as stack:
        files = [stack.enter_context(tempfile.TemporaryFile()) for _ in range(3)]
        files[0].write(given)
        files[0].seek(0)
        ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
        stack.enter_context(ours)
        with theirs:
            asked = json.dumps(
                {"command": command[2:], "cwd": str(cwd), "env": dict(os.environ if env is None else env)}
            )
            socket.send_fds(_zygote(), [asked.encode()], [theirs.fileno(), *(file.fileno() for file in files)])
        ours.settimeout(timeout)
        child = int(ours.recv(64))
        try:
            code = int(ours.recv(64))
        except TimeoutError:
            os.kill(child, signal.SIGKILL)
            raise subprocess.TimeoutExpired(command, timeout, *_read(files, text)) from None
        done = subprocess.CompletedProcess(command, code, *_read(files, text))
    if check:
        done.check_returncode()
    return done


def _read(files, text):
    """Return what came on standard output and standard error."""
    for file in files[1:]:
        file.seek(0)
    found = [file.read() for file in files[1:]]
    return [each.decode().replace("\r\n", "\n") for each in found] if text else found


@functools.cache
def _zygote():
    """Start the process that has it all, one for each process of tests; it ends when its socket is closed."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    for side in (ours, theirs):
        side.setsockopt(socket.SOL_SOCKET, socket.SO_SNDBUF, MESSAGE)
    with theirs:
        process = subprocess.Popen(
            [sys.executable, __file__, str(theirs.fileno())], cwd=ROOT, pass_fds=[theirs.fileno()]
        )

    @atexit.register
    def end():
        ours.close()
        process.wait(timeout=10)

    return ours


def serve(asking):
    """Fork a process for each message, and one beside it that waits for its end and tells."""
    sys.path[0] = str(ROOT)
    for name in MODULES:
        importlib.import_module(name)
    for name in PACKAGES:
        package = importlib.import_module(name)
        for found in pkgutil.walk_packages(package.__path__, f"{name}."):
            if not found.name.endswith("__main__"):
                importlib.import_module(found.name)
    assert "twisted.internet.reactor" not in sys.modules, "each run installs its own"
    beside = str(Path(__file__).with_name("made_archive.py"))  # not as a part of "tests": some package has one, too
    runpy.run_path(beside)["begin_with_a_copy"]()
    gc.collect()
    gc.freeze()  # what a process of its own collects would be copied first
    signal.signal(signal.SIGCHLD, signal.SIG_IGN)  # those that wait are not waited for
    while True:
        message, fds, _, _ = socket.recv_fds(asking, MESSAGE, 4)
        if not message:
            return
        if os.fork() == 0:
            asking.close()
            _watch(json.loads(message), fds)
            return
        for fd in array.array("i", fds):
            os.close(fd)


def _watch(asked, fds):
    """In a process of its own: fork that which was asked for, say its number, wait for its end and say its exit code."""
    signal.signal(signal.SIGCHLD, signal.SIG_DFL)
    child = os.fork()
    if child == 0:
        _be(asked, fds)
        return
    telling = socket.socket(fileno=fds[0])
    telling.send(str(child).encode())
    _, status = os.waitpid(child, 0)
    telling.send(str(os.waitstatus_to_exitcode(status)).encode())
    os._exit(0)


def _be(asked, fds):
    """Become the process that was asked for; its end is that of this one."""
    os.close(fds[0])
    for fd, standard in zip(fds[1:], range(3), strict=True):
        os.dup2(fd, standard)
        os.close(fd)
    os.chdir(asked["cwd"])
    os.environ.clear()
    os.environ.update(asked["env"])
    random.seed()
    _keep_a_server()
    module, *arguments = asked["command"]
    sys.argv[1:] = arguments
    sys.path[0] = asked["cwd"]
    runpy.run_module(module, run_name="__main__", alter_sys=True)


def _keep_a_server():
    """Fork a process that becomes multiprocessing's server of forks once it is asked for: it has all modules already."""
    ours, theirs = socket.socketpair(socket.AF_UNIX, socket.SOCK_SEQPACKET)
    kept = os.fork()
    if kept == 0:
        ours.close()
        _be_the_server(theirs)
        os._exit(0)
    theirs.close()
    spawn = util.spawnv_passfds

    def take_it(path, args, fds):
        if "forkserver" not in args[-1] or ours.fileno() == -1:
            return spawn(path, args, fds)
        message = {"code": args[-1], "environment": dict(os.environ), "fds": list(fds)}
        socket.send_fds(ours, [json.dumps(message).encode()], list(fds))
        ours.close()
        return kept

    forkserver.util.spawnv_passfds = take_it


def _be_the_server(asked):
    """Run what was to be run by a Python of its own, with its files under the numbers that it knows them by."""
    message, given, _, _ = socket.recv_fds(asked, MESSAGE, 4)
    if not message:  # it was never needed
        return
    told = json.loads(message)
    os.environ.clear()
    os.environ.update(told["environment"])
    beyond = max(*given, *told["fds"]) + 1
    apart = [os.dup2(fd, beyond + number) for number, fd in enumerate(given)]
    asked.close()
    for fd, number in zip(apart, told["fds"], strict=True):
        os.dup2(fd, number)
        os.close(fd)
    exec(told["code"], {})


if __name__ == "__main__":
    serve(socket.socket(fileno=int(sys.argv[1])))
