"""The page for users of terraform-aws-modules names inputs, outputs, keys and arguments that exist."""

from __future__ import annotations

import inspect
import json
import re
from collections.abc import Iterator

import pytest
from module_inputs import list_paths, read_blocks

from domovoi_tf import Domovoi
from domovoi_tf.settings import json_schema
from domovoi_tf.system import assets

ROOT = assets.find_modules().parent
_PAGE = (ROOT / "docs" / "coming-from" / "terraform-aws-modules.md").read_text(encoding="utf-8")
PAGE = _PAGE.partition("\n## Inputs and outputs, compared\n")[2]
OURS = ("Input", "Configuration or app", "Output")
# The app with every source, and one with a machine that logs.
TREES = [ROOT / "tests" / "golden" / name / "app" for name in ("every_source", "batch_map")]
#: Variables of the example's own.
VARIABLES = {"greeting"}
#: What people expect of terraform-aws-modules, by rank.
EXPECTED = (
    ("local_existing_package", "s3_existing_package", "ignore_source_code_hash"),
    ("role_path", "role_name", "role_description", "role_tags", "role_permissions_boundary", "policies"),
    (
        "lambda_function_arn",
        "lambda_function_qualified_arn",
        "lambda_function_version",
        "lambda_event_source_mapping_uuid",
        "state_machine_arn",
        "cloudwatch_log_group_name",
    ),
    (
        "cloudwatch_logs_kms_key_id",
        "cloudwatch_logs_log_group_class",
        "cloudwatch_logs_skip_destroy",
        "use_existing_cloudwatch_log_group",
        "logging_application_log_level",
    ),
    ("dead_letter_arn", "retry_policy", "redrive_policy"),
    ("provisioned_concurrent_executions", "snap_start"),
    ("create_current_version_allowed_triggers",),
    ("eventbridge_rule_ids",),
    ("use_existing_role", "publish"),
    ("file_system_arn", "image_uri", "code_signing_config_arn"),
    (
        "ipv6_allowed_for_dual_stack",
        "replace_security_groups_on_destroy",
        "recursive_loop",
        "function_tags",
        "s3_object_tags",
        "trusted_entities",
        "region",
    ),
)


def read_rows() -> Iterator[dict[str, str]]:
    """Yields the rows of the tables, by column."""
    header: list[str] = []
    for line in PAGE.splitlines():
        cells = [cell.strip() for cell in line.strip("|").split(" | ")] if line.startswith("|") else []
        if not cells:
            header = []
        elif not header:
            header = cells
        elif not line.startswith("|---"):
            assert len(cells) == len(header), line
            yield dict(zip(header, cells, strict=True))


def list_names(column: str) -> list[str]:
    cells = [row.get(column, "") for row in read_rows()]
    return [re.sub(r'\["\w+"\]', "", name) for cell in cells for name in re.findall("`([^`]+)`", cell)]


def has_key(name: str) -> bool:
    schema = json.loads(json_schema.build_schema())
    node = schema
    for part in name.split("."):
        node = node.get("properties", {}).get(part)
        if node is None:
            return False
        node = schema["$defs"][node["$ref"].rsplit("/", 1)[1]] if "$ref" in node else node
    return True


def has_argument(name: str) -> bool:
    """Returns whether `decorator(argument)` names an argument of a method of the app."""
    method, _, argument = name.removesuffix(")").partition("(")
    function = getattr(Domovoi, method, None)
    return function is not None and argument in inspect.signature(function).parameters


def test_inputs_exist() -> None:
    known = list_paths(read_blocks(*(tree / "variables.tf" for tree in TREES)), "type")
    names = list_names("Input")
    assert len(names) > 50
    assert [name for name in names if name not in known] == []


def test_all_inputs_are_compared() -> None:
    known = list_paths(read_blocks(*(tree / "variables.tf" for tree in TREES)), "type")
    names = {*list_names("Input")}
    named = {name.partition(".")[0] for name in names} | {"roles"}
    assert {path for path in known if "." not in path} - named == VARIABLES
    of_objects = {path for path in known if re.fullmatch(r"(settings|role|package)\.\w+", path)}
    assert of_objects - names == set()


def test_outputs_exist() -> None:
    outputs = read_blocks(*(tree / "outputs.tf" for tree in TREES))
    known = {path.replace(".default.", ".") for path in list_paths(outputs, "value")}
    names = list_names("Output")
    assert len(names) > 20
    assert [name for name in names if name not in known] == []
    missing = {block.labels[0] for block in outputs} - {name.partition(".")[0] for name in names}
    assert missing == set()


def test_keys_and_arguments_exist() -> None:
    names = list_names("Configuration or app")
    assert len(names) > 90
    wrong = [name for name in names if not (has_argument if name.endswith(")") else has_key)(name)]
    assert wrong == []


@pytest.mark.parametrize("name", ["settings.memory", "memory_size", "functions.publish.x"])
def test_wrong_input_is_found(name: str) -> None:
    assert name not in list_paths(read_blocks(*(tree / "variables.tf" for tree in TREES)), "type")


def test_wrong_keys_and_arguments_are_found() -> None:
    for name in ("memory_size", "buckets.class", "terraform.provider.account", "settings"):
        assert not has_key(name)
    for name in ("scheduled_function(retries)", "schedule(rule_name)"):
        assert not has_argument(name)


def test_overridden_resources_exist() -> None:
    overrides = re.findall(
        r"`(?P<type>aws_\w+)\.(?P<label>\w+)`(?: in|, as) `(?P<module>modules/[\w/]+)`", PAGE
    )
    assert len(overrides) > 10
    for resource, label, module in overrides:
        blocks = read_blocks(*(ROOT / module).glob("*.tf"))
        assert (resource, label) in {block.labels for block in blocks if block.type == "resource"}
    for resource, label in re.findall(r"the resource `(aws_\w+)\.(\w+)`", PAGE):
        texts = [path.read_text() for path in (ROOT / "templates" / "app").glob("*.j2")]
        assert any(f'resource "{resource}" "{label}"' in text for text in texts)


def test_each_row_names_something_here_or_says_what_to_do() -> None:
    rows = [*read_rows()]
    assert len(rows) > 100
    for row in rows:
        ours = [row[column] for column in OURS if column in row]
        assert any("`" in cell for cell in ours) or row["Difference"], row


def test_what_people_expect_is_compared() -> None:
    compared = {*list_names("terraform-aws-modules")}
    differences = " ".join(row["Difference"] for row in read_rows())
    missing = [name for names in EXPECTED for name in names if name not in compared]
    assert missing == []
    assert "managed policies" in differences
