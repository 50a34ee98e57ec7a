"""A key of the configuration reaches Terraform; what a new one still lacks is named, all at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from dataclasses import fields
from pathlib import Path
from typing import Any

import msgspec
import pytest
from configurations import EVERYWHERE, OF_STAGE
from every_setting import EVERYTHING

from domovoi_tf.settings import CONFIG, FunctionSettings, Settings, load
from domovoi_tf.settings.keys import FUNCTION, STAGE, SYNONYMS, Key, list_function_inputs
from domovoi_tf.system import assets

PACKAGE = Path(__file__).parents[3] / "domovoi_tf"
#: Keys of functions that are no input, and the reason.
NOT_PASSED = {
    "manage_iam_role": "it decides whether iam_role_arn counts",
    **{other: f"it is another name of {name}" for other, name in SYNONYMS.items()},
}
#: Keys whose examples stand elsewhere, since they exclude others.
WITHOUT_EXAMPLE = {"iam_role_arn", "iam_policy_file", "lambda_functions", *SYNONYMS}
#: Inputs that the execution role takes and the module lambda does not.
OF_ROLE = {
    "role",
    "permissions_boundary",
    "autogen_policy",
    "policies",
    "policy_names",
    "environment_variables",
    "tags",
}
#: Fields whose values domovoi_tf/settings/loader.py puts together.
FIELDS = {"lambda_functions": "functions", "terraform": "backend"}
VARIABLES = "templates/app/variables.tf.j2"
MODULE = "modules/lambda/variables.tf"
README = "templates/app/README.md.j2"
TABLE = "docs/functions.md"
SHOWN = "tests/unit/cli/project/test_config.py"
#: Keys of functions that the documentation describes outside of the table.
NOT_IN_TABLE = {"environment_variables", "iam_policy_file", "tags"}
MODULE_FILES = ("main.tf", "statements.tf", "outputs.tf")


def missing_of_function(name: str, key: Key) -> Iterator[str]:
    """Yields what a key of functions still lacks on its way to Terraform."""
    yield from missing_of_field(name, key, FunctionSettings, "FunctionSettings")
    if name not in EVERYWHERE and name not in WITHOUT_EXAMPLE:
        yield f"a valid value for {name} in EVERYWHERE of tests/configurations.py"
    if not key.argument:
        yield f"argument= of {name} in FUNCTION of domovoi_tf/settings/keys.py: the input of the app's module"
    if getattr(EVERYTHING, key.field or name, None) in (None, {}) and name not in WITHOUT_EXAMPLE:
        yield f"a value for {key.field or name} in EVERYTHING of tests/every_setting.py"
    argument = (key.argument or name).partition(".")[0]
    template, module = text(VARIABLES), text(MODULE)
    if f'variable "{argument}" {{' not in template:
        yield f'variable "{argument}" in {VARIABLES}'
    if not re.search(rf"^    {argument} = optional\(", template, re.MULTILINE):
        yield f'{argument} = optional(...) in variable "functions" of {VARIABLES}'
    if argument not in OF_ROLE:
        if not re.search(rf"^    {argument} +?= optional\(", module, re.MULTILINE):
            yield f'{argument} = optional(...) in variable "settings" of {MODULE}, with its description'
        if not any(f"var.settings.{argument}" in text(f"modules/lambda/{file}") for file in MODULE_FILES):
            yield f"a use of var.settings.{argument} in modules/lambda/main.tf"
    yield from missing_of_documents(name, argument)


def missing_of_documents(name: str, argument: str) -> Iterator[str]:
    if f"\n| `{argument}` |" not in text(README):
        yield f"a row for {argument} in {README}"
    if f"`{name}`" not in text(TABLE) and name not in NOT_IN_TABLE:
        yield f"a row for {name} in {TABLE}"


def missing_of_stage(name: str, key: Key) -> Iterator[str]:
    """Yields what a key of stages alone still lacks."""
    yield from missing_of_field(name, key, Settings, "Settings")
    if name not in OF_STAGE and not name.startswith("alb_") and name not in WITHOUT_EXAMPLE:
        yield f"a valid value for {name} in OF_STAGE of tests/configurations.py"
    if not re.search(rf"settings\.{FIELDS.get(name, key.field or name)}\b", used_settings()):
        yield f"a use of settings.{key.field or name} outside of domovoi_tf/settings/"
    if name not in STAGE["lambda_functions"].type.of.elsewhere:
        yield f"{name} in _NO_FUNCTION of domovoi_tf/settings/keys.py, for the message in lambda_functions"


def missing_of_field(name: str, key: Key, record: Any, what: str) -> Iterator[str]:
    field = FIELDS.get(name, key.field or name)
    if field not in {each.name for each in fields(record)} and name not in NOT_PASSED:
        yield f"a field {field} in {what} of domovoi_tf/settings/model.py"
    if key.default is not None and f'"{name}": ' not in text(SHOWN):
        yield f"{name} with its default in {SHOWN}"


def text(path: str) -> str:
    return (assets.find_modules().parent / path).read_text(encoding="utf-8")


def used_settings() -> str:
    """The source of all that uses settings."""
    paths = [path for path in PACKAGE.rglob("*.py") if "settings" not in path.relative_to(PACKAGE).parts]
    return "\n".join(path.read_text(encoding="utf-8") for path in paths)


def test_every_key_of_functions_reaches_terraform() -> None:
    lacking = [
        part
        for name, key in FUNCTION.items()
        if name not in NOT_PASSED
        for part in missing_of_function(name, key)
    ]
    assert lacking == [], "add:\n" + "\n".join(lacking)


def test_every_key_of_stages_is_used() -> None:
    own = {name: key for name, key in STAGE.items() if name not in FUNCTION}
    lacking = [part for name, key in own.items() for part in missing_of_stage(name, key)]
    assert lacking == [], "add:\n" + "\n".join(lacking)


def test_message_lists_all_that_a_new_function_key_lacks() -> None:
    umbrella = Key(bool, "Whether to bring one.", False)
    assert list(missing_of_function("umbrella", umbrella)) == [
        "a field umbrella in FunctionSettings of domovoi_tf/settings/model.py",
        "umbrella with its default in tests/unit/cli/project/test_config.py",
        "a valid value for umbrella in EVERYWHERE of tests/configurations.py",
        "argument= of umbrella in FUNCTION of domovoi_tf/settings/keys.py: the input of the app's module",
        "a value for umbrella in EVERYTHING of tests/every_setting.py",
        'variable "umbrella" in templates/app/variables.tf.j2',
        'umbrella = optional(...) in variable "functions" of templates/app/variables.tf.j2',
        f'umbrella = optional(...) in variable "settings" of {MODULE}, with its description',
        "a use of var.settings.umbrella in modules/lambda/main.tf",
        "a row for umbrella in templates/app/README.md.j2",
        "a row for umbrella in docs/functions.md",
    ]


def test_message_lists_all_that_a_new_stage_key_lacks() -> None:
    assert list(missing_of_stage("umbrella", Key(bool, "Whether to bring one."))) == [
        "a field umbrella in Settings of domovoi_tf/settings/model.py",
        "a valid value for umbrella in OF_STAGE of tests/configurations.py",
        "a use of settings.umbrella outside of domovoi_tf/settings/",
        "umbrella in _NO_FUNCTION of domovoi_tf/settings/keys.py, for the message in lambda_functions",
    ]


def test_values_of_keys_of_stages_reach_the_settings(tmp_path: Path) -> None:
    (tmp_path / ".chalice").mkdir()
    (tmp_path / CONFIG).write_text(json.dumps({"app_name": "bar", **OF_STAGE}))
    loaded, defaults = load(tmp_path, "dev"), Settings(app_name="bar", stage="dev")
    unread = [name for name in OF_STAGE if _read(loaded, name) == _read(defaults, name)]
    assert unread == [], "domovoi_tf/settings/loader.py must read these keys, or OF_STAGE has their defaults"


def _read(settings: Settings, name: str) -> Any:
    return getattr(settings, FIELDS.get(name, STAGE[name].field or name))


def ranges() -> dict[str, tuple[int, int]]:
    """The inputs that are integers of a range, with its bounds."""
    found = {}
    for key in FUNCTION.values():
        schema: Mapping[str, Any] = {} if not key.argument else msgspec.json.schema(key.type)
        if "minimum" in schema and "maximum" in schema:
            found[key.argument] = (schema["minimum"], schema["maximum"])
    return found


@pytest.mark.parametrize(("argument", "bounds"), ranges().items())
@pytest.mark.parametrize(("path", "address"), [(VARIABLES, "var"), (MODULE, "var.settings")])
def test_terraform_has_the_ranges_of_the_keys(
    argument: str, bounds: tuple[int, int], path: str, address: str
) -> None:
    least, most = bounds
    listed = (
        f"contains([{', '.join(map(str, range(least, min(most, least + 9) + 1)))}], {address}.{argument})"
    )
    between = f"{address}.{argument} >= {least} && {address}.{argument} <= {most}"
    assert between in text(path) or listed in text(path), f"{path} has another range than {between}"


def test_ranges_of_memory_and_timeout_are_compared() -> None:
    assert {
        "memory_size",
        "timeout",
        "ephemeral_storage_size",
        "maximum_event_age_in_seconds",
    } < ranges().keys()


def test_functions_have_the_inputs_in_the_order_of_the_keys() -> None:
    own = re.findall(r"^    (\w+) = optional\(", text(VARIABLES), re.MULTILINE)
    assert tuple(own) == list_function_inputs(), (
        f'order the attributes of variable "functions" in {VARIABLES} as the keys in FUNCTION of '
        "domovoi_tf/settings/keys.py"
    )
