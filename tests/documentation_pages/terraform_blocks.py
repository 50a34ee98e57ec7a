"""Reads the inputs and outputs of Terraform modules, and writes the tables of their READMEs."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

from domovoi_tf.system import assets

MODULES = sorted(path.parent for path in assets.find_modules().rglob("variables.tf"))
#: The formatted value of an argument of a top-level block: its lines up to the next argument or block.
VALUE = r"^  {name} += (.*(?:\n(?:   .*|  [\])}}].*))*)"


def get_module_name(module: Path) -> str:
    return module.relative_to(assets.find_modules()).as_posix()


def find_blocks(path: Path, kind: str) -> Iterator[tuple[str, str]]:
    """Yields the name and the body of each block of a formatted file."""
    text = path.read_text(encoding="utf-8") if path.is_file() else ""
    yield from re.findall(rf'^{kind} "(\w+)" {{\n(.*?)^}}', text, re.DOTALL | re.MULTILINE)


def find_value(body: str, argument: str) -> str:
    """Returns the value of an argument on one line, empty if it has none."""
    found = re.search(VALUE.format(name=argument), body, re.MULTILINE)
    return " ".join(found[1].split()) if found else ""


def format_description(body: str) -> str:
    """Returns a description for a cell of a table: a heredoc has a line for each attribute of an object."""
    heredoc = re.search(r"^  description = <<-EOT\n((?:    .*\n)*)  EOT$", body, re.MULTILINE)
    if not heredoc:
        return find_value(body, "description")[1:-1]
    lines = [re.sub(r"^(\w+): ", r"`\1`: ", line.strip()) for line in heredoc[1].splitlines()]
    return "<br>".join(lines)


def render_inputs(module: Path) -> Iterator[str]:
    yield "| Name | Type | Default | Description |"
    yield "| --- | --- | --- | --- |"
    for name, body in find_blocks(module / "variables.tf", "variable"):
        default = f"`{find_value(body, 'default')}`" if find_value(body, "default") else "required"
        attributes = [
            f"<br>`{match[1]}`: {match[2]}"
            for match in re.finditer(r"^    (\w+) += .* # (.+)$", body, re.MULTILINE)
        ]
        kind = find_value(re.sub(r" +# .*", "", body), "type")
        yield f"| {name} | `{kind}` | {default} | {format_description(body)}{''.join(attributes)} |"


def render_outputs(module: Path) -> Iterator[str]:
    yield "| Name | Description |"
    yield "| --- | --- |"
    for name, body in find_blocks(module / "outputs.tf", "output"):
        yield f"| {name} | {format_description(body)} |"


def replace_table(readme: str, marker: str, rows: Iterator[str]) -> str:
    table = "\n".join([f"<!-- {marker} -->", *rows, f"<!-- /{marker} -->"])
    return re.sub(rf"<!-- {marker} -->.*<!-- /{marker} -->", lambda _: table, readme, flags=re.DOTALL)
