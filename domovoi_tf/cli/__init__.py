"""The command-line interface: parses arguments, calls the other folders and prints the results.

Modules that are slow to import are imported inside the commands, so that ``--help`` stays fast.
"""

from __future__ import annotations

import sys

from domovoi_tf.errors import INTERRUPTED


def main() -> None:
    """Runs the command line and exits with its exit code."""
    try:
        # Imported here so that Ctrl-C during the import does not print a traceback either.
        from domovoi_tf.cli.exit import run

        code = run()
    except KeyboardInterrupt:
        sys.stderr.write("Interrupted.\n")
        code = INTERRUPTED
    sys.exit(code)
