"""On Windows, every command says where domovoi-tf runs, before it imports what Windows does not have."""

from __future__ import annotations

import json
import subprocess
import sys

from domovoi_tf.cli.root import SECTIONS

#: Imports the command line as on Windows, runs a program with several arguments, and prints the exit codes.
SCRIPT = """
import json, sys

POSIX_ONLY = {"fcntl", "termios", "resource", "pwd", "grp", "pty", "tty", "posix"}

class Windows:
    def find_spec(self, name, path=None, target=None):
        if name in POSIX_ONLY:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)

sys.meta_path.insert(0, Windows())
for name in POSIX_ONLY:
    sys.modules.pop(name, None)
sys.platform = "win32"
from domovoi_tf.cli import main

codes = set()
for arguments in json.loads(sys.argv[1]):
    sys.argv = ["domovoi-tf", *arguments]
    try:
        main()
    except SystemExit as exit:
        codes.add(exit.code)
print(codes)
"""
MESSAGE = """\
Error: domovoi-tf does not run on Windows itself, but in the Windows Subsystem for Linux (WSL).
Install WSL with `wsl --install`, and run domovoi-tf in its shell.
"""


def test_every_command_names_wsl() -> None:
    commands = [[entry.name] for entries in SECTIONS.values() for entry in entries]
    arguments = json.dumps([[], ["--help"], ["--version"], *commands])
    done = subprocess.run([sys.executable, "-c", SCRIPT, arguments], capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("{1}\n", MESSAGE * (3 + len(commands)))
