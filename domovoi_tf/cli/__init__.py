"""The command-line interface: parses arguments, calls the other folders and prints the results.

Modules that are slow to import are imported inside the commands, so that ``--help`` stays fast.
"""

from __future__ import annotations

import sys

from domovoi_tf.errors import INTERRUPTED

#: https://learn.microsoft.com/windows/wsl/install
_NOT_ON_WINDOWS = (
    "Error: domovoi-tf does not run on Windows itself, but in the Windows Subsystem for Linux (WSL).\n"
    "Install WSL with `wsl --install`, and run domovoi-tf in its shell.\n"
)


def main() -> None:
    """Runs the command line and exits with its exit code."""
    # Before anything is imported that Windows lacks, such as fcntl.
    if sys.platform == "win32":
        sys.stderr.write(_NOT_ON_WINDOWS)
        sys.exit(1)
    try:
        # Imported here so that Ctrl-C during the import does not print a traceback either.
        from domovoi_tf.cli.exit import run

        code = run()
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        code = INTERRUPTED
    sys.exit(code)
