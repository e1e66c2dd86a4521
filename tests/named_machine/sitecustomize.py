"""Python reads this before a command that a test starts: machine and user have names that stand nowhere by chance."""

import getpass
import os
import platform
import socket

HOST, USER = os.environ["HOSTNAME"], os.environ["USER"]

told = os.uname()
os.uname = lambda: os.uname_result((told[0], HOST, *told[2:]))
socket.gethostname = socket.getfqdn = platform.node = lambda *_: HOST
getpass.getuser = os.getlogin = lambda *_: USER
