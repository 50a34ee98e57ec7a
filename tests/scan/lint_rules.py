"""The rules of tflint for Terraform's language, for a machine without tflint.

They are those of its preset "all", except for the names of files: the app's module has a file for each kind
of event source instead of a ``main.tf``.
https://github.com/terraform-linters/tflint-ruleset-terraform/tree/main/docs/rules
"""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping
from pathlib import Path

from .terraform_files import list_labelled

_SNAKE_CASE = re.compile("[a-z][a-z0-9]*(_[a-z0-9]+)*")
#: Patterns of lines, with the problem.
_LINES = {
    r"^\s*(//|/\*)": "comments begin with #",
    r'= "\$\{[^{}]*\}"$': "an expression alone needs no quotes",
    r"(?<![\w.])[A-Za-z_][\w.\[\]]*\.\d+\b": "an index stands in brackets",
    r"\.\*\.": "a splat stands in brackets",
    r"[!=]= \[\]": "a list is compared with an empty one by its length",
    r"\blookup\([^,()]+,[^,()]+\)": "lookup needs a default value",
    r"\bterraform\.workspace\b": "the tree does not depend on a workspace",
}
_LABELLED = ("data", "module", "output", "resource", "variable")


def find_problems(files: Mapping[Path, str]) -> Iterator[tuple[Path, str]]:
    """Yields what is wrong in the files of a module, each with its file."""
    for path, text in files.items():
        yield from ((path, problem) for problem in (*_check_lines(text), *_check_declarations(text)))
    yield from _find_unused(files)
    yield from _check_requirements(files)


def _check_lines(text: str) -> Iterator[str]:
    for number, line in enumerate(_drop_heredocs(text).splitlines(), 1):
        code = line if line.lstrip().startswith(("#", "//", "/*")) else _drop_strings(line)
        for pattern, problem in _LINES.items():
            if re.search(pattern, line if '"' in pattern else code) and not line.lstrip().startswith("#"):
                yield f"line {number}: {problem}: {line.strip()}"


def _check_declarations(text: str) -> Iterator[str]:
    for kind in _LABELLED:
        for labels, body in list_labelled(text, kind):
            name = f"{kind} {'.'.join(labels)}"
            if not _SNAKE_CASE.fullmatch(labels[-1]):
                yield f"{name}: a name is in snake_case"
            if kind in ("output", "variable") and "description" not in body:
                yield f"{name}: there is no description"
            if kind == "variable" and "type" not in body:
                yield f"{name}: there is no type"
            if kind == "module" and not body["source"].strip('"').startswith(("./", "../")):
                yield f"{name}: the source is not pinned"


def _find_unused(files: Mapping[Path, str]) -> Iterator[tuple[Path, str]]:
    whole = "\n".join(re.sub(r"^\s*#.*$", "", text, flags=re.MULTILINE) for text in files.values())
    for path, text in files.items():
        names = [f"var.{name}" for (name,), _ in list_labelled(text, "variable")]
        names += [
            f"data.{'.'.join(labels)}" for labels, body in list_labelled(text, "data") if not _checks(body)
        ]
        names += [
            f"local.{name}" for _, body in list_labelled(text, "locals") for name in body if name[0] != "_"
        ]
        for name in names:
            if not re.search(rf"(?<![\w.]){re.escape(name)}(?!\w)", whole):
                yield path, f"{name}: it is not used"


def _checks(body: Mapping[str, object]) -> bool:
    """Whether a data source is read for its conditions."""
    return "lifecycle" in body


def _check_requirements(files: Mapping[Path, str]) -> Iterator[tuple[Path, str]]:
    folder = next(iter(files)).parent
    settings = [body for text in files.values() for _, body in list_labelled(text, "terraform")]
    if not any("required_version" in body for body in settings):
        yield folder, "there is no required_version"
    required = {name for body in settings for each in body.get("required_providers", ()) for name in each}
    used = {
        labels[0].partition("_")[0]
        for text in files.values()
        for kind in ("data", "provider", "resource")
        for labels, _ in list_labelled(text, kind)
    }
    for name in sorted(used - required):
        yield folder, f"provider {name}: it is not in required_providers"


def _drop_heredocs(text: str) -> str:
    """Returns the text with heredocs as empty lines."""
    return re.sub(
        r"<<-?(\w+)\n.*?^\s*\1$",
        lambda found: "\n" * found[0].count("\n"),
        text,
        flags=re.DOTALL | re.MULTILINE,
    )


def _drop_strings(line: str) -> str:
    """Returns the line without the contents of its strings."""
    return re.sub(r'"(\\.|[^"\\])*"', '""', line)
