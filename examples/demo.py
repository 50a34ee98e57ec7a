"""Deploys an app to a local emulator of AWS: ``make demo``.

Every step is a command that you can type yourself, and is shown before it runs.
"""

from __future__ import annotations

import os
import shlex
import shutil
import subprocess
import sys
import tempfile
import time
from pathlib import Path

BIN = Path(sys.executable).parent
APP = Path(__file__).parent / "bartender"
SPINNER = "|/-\\"
LOG_SECONDS = 30


def run(title: str, *command: str, expect: int = 0) -> str:
    """Runs a command beside a line that shows its duration, and returns its output."""
    shown = shlex.join(Path(part).name if part.startswith(str(APP)) else part for part in command)
    line = f"{title:<44} $ {shown}"
    began = time.monotonic()
    with tempfile.TemporaryFile("w+") as output:
        process = subprocess.Popen(
            [str(BIN / command[0]), *command[1:]], stdout=output, stderr=subprocess.STDOUT, cwd=APP
        )
        turn = 0
        while process.poll() is None:
            if sys.stdout.isatty():
                columns = shutil.get_terminal_size().columns  # a wrapped line could not be overwritten
                print(f"\r{SPINNER[turn % 4]} {line}"[:columns], end="", flush=True)
                turn += 1
            try:
                process.wait(0.1)
            except subprocess.TimeoutExpired:
                continue
        output.seek(0)
        text = output.read()
    good = process.returncode == expect
    print(
        f"{chr(13) if turn else ''}{'✓' if good else '✗'} {line}  ({time.monotonic() - began:.1f} s)",
        flush=True,
    )
    if not good:
        print(text, file=sys.stderr)
        sys.exit(process.returncode or 1)
    return text


def point_at_emulator() -> None:
    """Changes the environment as ``eval "$(domovoi-tf local env)"`` does in a shell."""
    script = f'eval "$({shlex.quote(str(BIN / "domovoi-tf"))} local env)" && env -0'
    done = subprocess.run(["sh", "-c", script], stdout=subprocess.PIPE, text=True, check=True)
    os.environ.clear()
    os.environ.update(item.partition("=")[::2] for item in done.stdout.split("\0") if item)


def await_log(text: str) -> str:
    """Waits for a log line that contains the text, and returns it."""
    deadline = time.monotonic() + LOG_SECONDS
    while time.monotonic() < deadline:
        done = subprocess.run(
            [str(BIN / "domovoi-tf"), "local", "logs"], stdout=subprocess.PIPE, text=True, check=True, cwd=APP
        )
        for line in done.stdout.splitlines():
            if text in line:
                return line
    sys.exit(f"The handler's log line did not arrive within {LOG_SECONDS} seconds.")


def deploy() -> None:
    """Deploys the app to the emulator, with its state in S3."""
    run("Create the bucket for the remote state", "domovoi-tf", "backend", "create")
    run("Write the app as Terraform", "domovoi-tf", "render")
    run("Build the deployment package", "domovoi-tf", "package")
    run("Prepare providers and remote state", "domovoi-tf", "init")
    text = run("Plan", "domovoi-tf", "plan")
    print(f"    {next(line for line in text.splitlines() if line.startswith(('Plan:', 'No changes')))}")
    if "Plan:" in text:
        run("Apply that plan", "domovoi-tf", "apply")


def main() -> None:
    """Runs the demo."""
    began = time.monotonic()
    keep = "--keep" in sys.argv
    status = subprocess.run(
        [str(BIN / "domovoi-tf"), "local", "status"], stdout=subprocess.DEVNULL, check=False
    )
    own = status.returncode != 0
    run("Start the local AWS emulator", "domovoi-tf", "local", "up")
    point_at_emulator()
    try:
        deploy()
        run("Order a beer at the SNS topic", "domovoi-tf", "local", "send", "tend", '{"beer": 1}')
        print(f"    the handler's log line, from CloudWatch Logs: {await_log('Quadrupel')}")
        run("Plan again: nothing to change", "domovoi-tf", "plan", "--detailed-exitcode")
        if not keep:
            run("Destroy everything", "domovoi-tf", "destroy", "--", "-auto-approve")
    finally:
        if own and not keep:
            run("Stop the emulator", "domovoi-tf", "local", "down")
    print(f"Done in {time.monotonic() - began:.0f} s.")
    if keep:
        print(
            f"\nIt is still running. Next, for example:\n"
            f'  cd {os.path.relpath(APP)} && export PATH="{BIN}:$PATH" && eval "$(domovoi-tf local env)"\n'
            f"  domovoi-tf local logs -f                 # bar orders a beer every minute\n"
            f"  domovoi-tf local send tend '{{\"beer\": 2}}'\n"
            f"  cd terraform/stages/dev && terraform plan\n"
            f"  domovoi-tf local down                    # stops it and discards everything deployed"
        )


if __name__ == "__main__":
    main()
