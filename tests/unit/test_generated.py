"""Generated tables, schemas and pages are up to date."""

from __future__ import annotations

import re
from collections.abc import Callable
from pathlib import Path

import decorators_stub
import pytest
from documentation_pages.terraform_blocks import (
    MODULES,
    find_blocks,
    find_value,
    format_description,
    get_module_name,
    render_inputs,
    render_outputs,
    replace_table,
)

from domovoi_tf.rendering.templates import RenderedFile
from domovoi_tf.settings import json_schema

from .test_layout import ORDER

ROOT = Path(__file__).parents[2]
PACKAGE = ROOT / "domovoi_tf"
ARCHITECTURE = ROOT / "docs" / "contributing" / "architecture.md"


@pytest.mark.parametrize("module", MODULES, ids=get_module_name)
def test_tables_of_module_are_up_to_date(module: Path, golden: Callable[[Path, str], None]) -> None:
    name = f"modules/{get_module_name(module)}/README.md"
    assert (module / "README.md").is_file(), f"{name} is missing: describe the module, with an example"
    readme = (module / "README.md").read_text(encoding="utf-8")
    for marker, is_needed in (("inputs", True), ("outputs", (module / "outputs.tf").is_file())):
        remedy = (
            "add these lines; `make golden` writes the table between them"
            if is_needed
            else "remove these lines"
        )
        assert (f"<!-- {marker} -->" in readme) == is_needed, (
            f"{name}: {remedy}: <!-- {marker} --> and <!-- /{marker} -->"
        )
    text = replace_table(
        replace_table(readme, "inputs", render_inputs(module)), "outputs", render_outputs(module)
    )
    golden(module / "README.md", text)


@pytest.mark.parametrize("module", MODULES, ids=get_module_name)
def test_inputs_and_outputs_of_module_are_described(module: Path) -> None:
    for file, kind in (("variables.tf", "variable"), ("outputs.tf", "output")):
        for name, body in find_blocks(module / file, kind):
            where = f"modules/{get_module_name(module)}/{file}: {kind} {name}"
            assert format_description(body), f"{where} has no description"
            assert kind == "output" or find_value(body, "type"), f"{where} has no type"


@pytest.mark.parametrize("kind", ["schedule", "sns"])
def test_readme_of_app_lists_its_inputs_and_outputs(
    kind: str, tmp_path: Path, rendered: Callable[..., tuple[RenderedFile, ...]]
) -> None:
    rendered(ROOT / "tests" / "triggers" / kind, tmp_path)
    app = tmp_path / "app"
    readme = (app / "README.md").read_text(encoding="utf-8")
    _, taken, settings, role, given = readme.split("## Use")[1].split("\n\n| ")
    names, of_settings, of_role, outputs = (
        re.findall(r"^\| `(\w+)` \|", part, re.MULTILINE) for part in (taken, settings, role, given)
    )
    variables = dict(find_blocks(app / "variables.tf", "variable"))
    assert sorted(names) == sorted(variables)
    assert of_settings == re.findall(r"^    (\w+) += optional\(", variables["settings"], re.MULTILINE)
    assert of_role == re.findall(r"^    (\w+) += optional\(", variables["role"], re.MULTILINE)
    assert outputs == [name for name, _ in find_blocks(app / "outputs.tf", "output")]
    required = re.findall(r"^\| `(\w+)` \|.*\| required \|$", taken, re.MULTILINE)
    assert sorted(required) == sorted(
        name
        for name, body in find_blocks(app / "variables.tf", "variable")
        if not find_value(body, "default")
    )


def test_shipped_schema_is_up_to_date(golden: Callable[[Path, str], None]) -> None:
    golden(json_schema.SHIPPED, json_schema.build_schema())


def test_stub_has_the_arguments_and_help_of_the_decorators(golden: Callable[[Path, str], None]) -> None:
    golden(decorators_stub.STUB, decorators_stub.render_stub())


def test_architecture_page_shows_the_order_of_the_folders() -> None:
    page = ARCHITECTURE.read_text(encoding="utf-8")
    order = "\n".join(", ".join(names) for names in ORDER)
    assert f"```text\n{order}\n```\n<!-- /order -->" in page, "copy ORDER of test_layout.py"


def test_architecture_page_describes_every_folder() -> None:
    page = ARCHITECTURE.read_text(encoding="utf-8")
    described = set(re.findall(r"^- \*\*`(\w+)`\*\*", page, re.MULTILINE))
    assert described == {name for names in ORDER for name in names}, "one paragraph for each"


@pytest.mark.parametrize("page", ["DESIGN.md", "docs/contributing/architecture.md"])
def test_pages_about_the_code_name_modules_that_exist(page: str) -> None:
    text = (ROOT / page).read_text(encoding="utf-8")
    # `local.shared` and `settings.tf` are Terraform's.
    modules = re.findall(r"`(?!local\.)(\w+)[./](?!tf`)(\w+)(?:\.py)?`", text)
    missing = {
        f"{folder}.{name}"
        for folder, name in modules
        if (PACKAGE / folder / "__init__.py").is_file()
        and not any((PACKAGE / folder / f"{name}{end}").exists() for end in ("", ".py"))
    }
    assert missing == set(), f"{page} names modules that do not exist"


@pytest.mark.parametrize("module", MODULES, ids=get_module_name)
def test_long_descriptions_have_a_line_for_each_attribute(module: Path) -> None:
    long = [
        name
        for file, kind in (("variables.tf", "variable"), ("outputs.tf", "output"))
        for name, body in find_blocks(module / file, kind)
        if any(len(line) > 200 for line in format_description(body).split("<br>"))
    ]
    assert long == [], "write a heredoc (<<-EOT) with one line for each attribute"


@pytest.mark.parametrize("module", MODULES, ids=get_module_name)
def test_heredocs_describe_every_attribute(module: Path) -> None:
    for name, body in find_blocks(module / "variables.tf", "variable"):
        _, *lines = format_description(body).split("<br>")
        if lines:
            described = [line.partition(":")[0].strip("`") for line in lines]
            declared = re.search(r"object\(\{\n(.*?)^  \}\)", body, re.DOTALL | re.MULTILINE)
            assert declared, name
            assert described == re.findall(r"^    (\w+) += ", declared[1], re.MULTILINE), name
