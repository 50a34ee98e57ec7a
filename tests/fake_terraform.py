"""A program in Terraform's place that writes down how it was called, and answers what a test says."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest

#: The time in seconds that the program waits: a test that fails must not wait for ever.
LONGEST_WAIT = 60
#: Answers a command by the first rule whose words it begins with and whose text is in its ``backend.tf``.
_PROGRAM = """#!{python} -SE
import json, os, signal, sys, time
from pathlib import Path

home, arguments = Path({home!r}), " ".join(sys.argv[1:])
backend = Path("backend.tf").read_text() if Path("backend.tf").exists() else ""
environment = {{name: value for name, value in os.environ.items() if name.startswith(("TF_", "AWS_"))}}
call = {{"args": sys.argv[1:], "folder": os.getcwd(), "backend": backend, **environment}}
with (home / "calls").open("a") as calls:
    print(json.dumps(call), file=calls)
for rule in json.loads((home / "rules").read_text()):
    if arguments.startswith(rule["command"]) and rule["backend"] in backend:
        for name, content in rule["files"].items():
            words = " ".join(sys.argv).replace("=", " ").split(" ")
            out = [words[index + 1] for index, word in enumerate(words) if word in ("-out", "--out")]
            Path(out[-1] if name == "-out" else name).write_text(content)
        if rule["waits"]:
            signals = []
            for each in (signal.SIGINT, signal.SIGTERM):
                signal.signal(each, lambda number, _: signals.append(number))
            (home / "waiting").touch()
            deadline = time.monotonic() + {longest_wait}
            while not signals and not (home / "go").exists() and time.monotonic() < deadline:
                time.sleep(0.01)
        sys.stderr.write(rule["err"])
        sys.stdout.write(rule["out"])
        sys.stdout.flush()
        (home / "finished").touch()
        sys.exit(rule["code"])
sys.exit("the test does not expect: " + arguments)
"""


class FakeTerraform:
    """The program: its path, what it is to answer, and its calls."""

    def __init__(self, folder: Path) -> None:
        folder.mkdir()
        self._folder = folder
        self._rules: list[dict[str, Any]] = []
        self.path = folder / "terraform"
        self.path.write_text(
            _PROGRAM.format(python=sys.executable, home=str(folder), longest_wait=LONGEST_WAIT)
        )
        self.path.chmod(0o700)
        self.on("version -json", '{"terraform_version": "1.11.4"}')
        self.on("init")

    def on(
        self,
        command: str,
        out: str = "",
        *,
        err: str = "",
        code: int = 0,
        backend: str = "",
        files: dict[str, str] | None = None,
        waits: bool = False,
    ) -> None:
        """Sets the answer to a command; a later rule goes before an earlier one.

        Args:
            command: the words that the command begins with.
            out: its standard output.
            err: its standard error.
            code: its exit code.
            backend: a part of the ``backend.tf`` in the folder that it runs in.
            files: what it writes, by path; ``-out`` stands for the path of that option.
            waits: whether to wait for Ctrl-C, or for `proceed`.
        """
        rule = {"command": command, "out": out, "err": err, "code": code, "backend": backend}
        self._rules.insert(0, {**rule, "files": files or {}, "waits": waits})
        (self._folder / "rules").write_text(json.dumps(self._rules))

    @property
    def is_waiting(self) -> bool:
        """Whether it waits."""
        return (self._folder / "waiting").exists()

    @property
    def has_finished(self) -> bool:
        """Whether a command has written all its output."""
        return (self._folder / "finished").exists()

    def proceed(self) -> None:
        """Ends its waiting."""
        (self._folder / "go").touch()

    @property
    def calls(self) -> list[dict[str, Any]]:
        """The calls so far: arguments, folder, the text of ``backend.tf``, and TF_ and AWS_ variables."""
        path = self._folder / "calls"
        return [json.loads(line) for line in path.read_text().splitlines()] if path.exists() else []

    @property
    def commands(self) -> list[str]:
        """The arguments of the calls so far."""
        return [" ".join(call["args"]) for call in self.calls]

    def forget(self) -> None:
        """Forgets the calls so far."""
        (self._folder / "calls").unlink(missing_ok=True)


@pytest.fixture
def terraform(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> FakeTerraform:
    """A Terraform that the tool finds in place of the real one."""
    fake = FakeTerraform(tmp_path / "fake-terraform")
    monkeypatch.setenv("DOMOVOI_TF_TERRAFORM", str(fake.path))
    monkeypatch.setenv("HOME", str(tmp_path / "nobody"))
    for name in ("TF_DATA_DIR", "TF_CLI_CONFIG_FILE", "TF_PLUGIN_MIRROR", "TF_WORKSPACE"):
        monkeypatch.delenv(name, raising=False)
    return fake
