"""The command line. Commands orchestrate; what is slow to import is imported when a command runs."""

from __future__ import annotations

import sys

from domovoi_tf.errors import INTERRUPTED


def main() -> None:
    """Runs the command line, and ends this process with its exit code."""
    try:
        # Here and not above: Ctrl-C ends the tool without a traceback while it is imported too.
        from domovoi_tf.cli.exit import run

        code = run()
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)
