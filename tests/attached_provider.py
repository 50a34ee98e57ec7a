"""Runs the AWS provider beside Terraform, so that a command need not start it.

A command that starts the provider hashes its program of 700 MB and reads its schema of 1,500 types. That
takes three seconds of CPU time; the work of most commands takes less than half a second. Here the provider
runs already, behind a proxy that shows Terraform only the types that this repository uses.

https://developer.hashicorp.com/terraform/plugin/debugging
"""

from __future__ import annotations

import json
import os
import re
import shlex
import subprocess
import sys
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from functools import cache
from pathlib import Path
from typing import NamedTuple

from domovoi_tf.system import assets
from domovoi_tf.terraform.installation import Binary

TESTS = Path(__file__).parent
#: The provider looks for files, such as the deployment package, in its own working directory. A program that
#: `AttachedProvider.attach` writes points these names there to the app of the root module that it runs in.
_APP = ("app", "../app", "../../app")


class AttachedProvider(NamedTuple):
    """A running AWS provider.

    Args:
        folder: its working directory.
        address: where it serves, as Terraform takes it.
    """

    folder: Path
    address: str

    def attach(self, binary: Binary) -> Binary:
        """Writes a program that runs Terraform with this provider, and returns it.

        The provider has one configuration: two commands of different projects must not run at once.

        Args:
            binary: the Terraform program to run.
        """
        path = self.folder.parents[1] / binary.kind / "terraform"
        path.parent.mkdir(exist_ok=True)
        links = [f'ln -sfn "$PWD/{name}" {shlex.quote(str(self.folder / name))}' for name in _APP]
        variable = f"TF_REATTACH_PROVIDERS={shlex.quote(self.address)}"
        path.write_text(
            "\n".join(["#!/bin/sh", *links, f'{variable} exec {shlex.quote(str(binary.path))} "$@"\n'])
        )
        path.chmod(0o700)
        return Binary(path, binary.kind)


@contextmanager
def run_provider(folder: Path, binary: Binary, environment: Mapping[str, str]) -> Iterator[AttachedProvider]:
    """Runs the AWS provider.

    Args:
        folder: an empty folder.
        binary: the Terraform program, which finds the provider's.
        environment: environment variables for both, which name the account and its endpoint.
    """
    root, socket = folder / "stages" / "root", folder / "socket"
    root.mkdir(parents=True)
    (root / "versions.tf").write_bytes((assets.find_modules() / "lambda" / "versions.tf").read_bytes())
    # The provider cannot read certificates twice, and the emulator has none.
    inherited = {name: value for name, value in os.environ.items() if name != "AWS_CA_BUNDLE"}
    variables = {**inherited, **environment}
    with ExitStack() as stack:
        program = _find_program(binary, root, variables)
        written = stack.enter_context(_run([str(program), "-debug"], root, variables))
        address = json.loads(_find(r"TF_REATTACH_PROVIDERS='(.*)'", written))
        (provider,) = address.values()
        proxy = [str(TESTS / "provider_proxy.py"), str(socket), provider["Addr"]["String"], *_find_types()]
        _find("(ready)", stack.enter_context(_run([sys.executable, *proxy], root, variables)))
        provider["Addr"]["String"] = str(socket)
        yield AttachedProvider(root, json.dumps(address))


#: The program of the provider, unless it is in a root. Terraform looks for it once: that takes seconds.
_PROGRAMS: list[Path] = []


def _find_program(binary: Binary, root: Path, environment: Mapping[str, str]) -> Path:
    """Returns the provider's program that Terraform finds for a root module."""
    if _PROGRAMS:
        return _PROGRAMS[0]
    subprocess.run([binary.path, "init"], cwd=root, env=environment, stdout=subprocess.DEVNULL, check=True)
    (link,) = root.glob(".terraform/providers/*/hashicorp/aws/*/*/terraform-provider-aws*")
    program = link.resolve()
    if not program.is_relative_to(root.resolve()):  # a mirror of packed providers is unpacked into the root
        _PROGRAMS.append(program)
    return program


@cache
def _find_types() -> tuple[str, ...]:
    """Returns the provider's types that the modules, the templates and the tests name."""
    suffixes = {".hcl", ".j2", ".py", ".tf"}
    folders = (assets.find_modules(), assets.find_templates(), TESTS)
    paths = [path for folder in folders for path in folder.rglob("*") if path.suffix in suffixes]
    return tuple(
        {name for path in paths for name in re.findall(r"\baws_[a-z0-9_]+", path.read_text("utf-8"))}
    )


@contextmanager
def _run(command: list[str], folder: Path, environment: Mapping[str, str]) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        command,
        cwd=folder,
        env=environment,
        stdout=subprocess.PIPE,
        stderr=subprocess.DEVNULL,
        text=True,
    ) as process:
        try:
            yield process
        finally:
            process.terminate()


def _find(pattern: str, process: subprocess.Popen[str]) -> str:
    """Reads a program's output until it has a pattern, and returns the pattern's group."""
    assert process.stdout
    for line in process.stdout:
        if match := re.search(pattern, line):
            return match[1]
    raise AssertionError(f"{process.args!r} ended before it served")
