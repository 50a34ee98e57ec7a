"""The command line. Commands orchestrate; what is slow to import is imported when a command runs."""

from __future__ import annotations

import sys

#: What shells say of a process that Ctrl-C ended: 128 and the signal's number.
INTERRUPTED = 130


def main() -> None:
    """Runs the command line, and ends this process with its exit code."""
    try:
        # Here and not above: Ctrl-C ends the tool without a traceback while it is imported too.
        from domovoi_tf.cli.exit import run

        code = run()
    except KeyboardInterrupt:
        code = INTERRUPTED
    sys.exit(code)
