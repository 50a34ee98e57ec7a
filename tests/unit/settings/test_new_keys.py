"""A key of the configuration reaches Terraform; what a new one still lacks is named, all at once."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator
from dataclasses import fields
from pathlib import Path
from typing import Any

import pytest
from configurations import EVERYWHERE, OF_STAGE
from every_setting import EVERYTHING

from domovoi_tf.settings import CONFIG, FunctionSettings, Settings, load
from domovoi_tf.settings.keys import FUNCTION, STAGE, SYNONYMS, Key
from domovoi_tf.system import assets

PACKAGE = Path(__file__).parents[3] / "domovoi_tf"
#: Keys of functions that are not inputs, and the reason.
NOT_PASSED = {
    "manage_iam_role": "it decides whether iam_role_arn counts",
    "tags": "they are an input of their own, for all resources",
    **{other: f"it is another name of {name}" for other, name in SYNONYMS.items()},
}
#: Keys whose examples stand elsewhere, since they exclude others.
WITHOUT_EXAMPLE = {"iam_role_arn", "iam_policy_file", "lambda_functions", *SYNONYMS}
#: Fields whose values domovoi_tf/settings/loader.py puts together.
FIELDS = {"lambda_functions": "functions", "terraform": "backend"}
VARIABLES = "templates/app/variables.tf.j2"
#: The modules that take the attributes of an input.
MODULES = {"settings": "lambda", "role": "iam"}
README = "templates/app/README.md.j2"
TABLE = "docs/guides/functions.md"
SHOWN = "tests/unit/cli/project/test_config.py"
#: Keys of functions that the documentation describes outside of the table.
NOT_IN_TABLE = {"environment_variables", "iam_policy_file", "tags"}
MODULE_FILES = ("main.tf", "outputs.tf", "statements.tf")


def missing_of_function(name: str, key: Key) -> Iterator[str]:
    """Yields what a key of functions still lacks on its way to Terraform."""
    yield from missing_of_field(name, key, FunctionSettings, "FunctionSettings")
    if name not in EVERYWHERE and name not in WITHOUT_EXAMPLE:
        yield f"a valid value for {name} in EVERYWHERE of tests/configurations.py"
    if not key.argument:
        yield f"argument= of {name} in FUNCTION of domovoi_tf/settings/keys.py: the input of the app's module"
    if getattr(EVERYTHING, key.field or name, None) in (None, {}) and name not in WITHOUT_EXAMPLE:
        yield f"a value for {key.field or name} in EVERYTHING of tests/every_setting.py"
    group, argument = [*(key.argument or f"settings.{name}").split("."), ""][:2]
    single = {"settings": "functions", "role": "roles"}[group]
    module = f"modules/{MODULES[group]}/variables.tf"
    for path, variable in ((VARIABLES, group), (VARIABLES, single), (module, group)):
        if not has_attribute(path, variable, argument):
            yield f'{argument} = optional(...) in variable "{variable}" of {path}'
    if not any(
        f"var.{group}.{argument}" in text(f"modules/{MODULES[group]}/{file}") for file in MODULE_FILES
    ):
        yield f"a use of var.{group}.{argument} in modules/{MODULES[group]}/main.tf"
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
    file = assets.find_modules().parent / path
    return file.read_text(encoding="utf-8") if file.exists() else ""


def has_attribute(path: str, variable: str, argument: str) -> bool:
    """Whether the object that a variable takes has an attribute."""
    return argument in list_attributes_of(path, variable)


def list_attributes_of(path: str, variable: str) -> list[str]:
    block = text(path).partition(f'variable "{variable}" {{')[2].partition("\n}")[0]
    return re.findall(r"^    (\w+) += optional\(", block, re.MULTILINE)


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
        'umbrella = optional(...) in variable "settings" of templates/app/variables.tf.j2',
        'umbrella = optional(...) in variable "functions" of templates/app/variables.tf.j2',
        'umbrella = optional(...) in variable "settings" of modules/lambda/variables.tf',
        "a use of var.settings.umbrella in modules/lambda/main.tf",
        "a row for umbrella in templates/app/README.md.j2",
        "a row for umbrella in docs/guides/functions.md",
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


@pytest.mark.parametrize(("group", "single"), [("settings", "functions"), ("role", "roles")])
def test_objects_have_the_attributes_in_the_order_of_the_keys(group: str, single: str) -> None:
    paths = (key.argument.split(".") for key in FUNCTION.values())
    keys = tuple(dict.fromkeys(path[1] for path in paths if path[0] == group))
    for path, variable in (
        (VARIABLES, group),
        (VARIABLES, single),
        (f"modules/{MODULES[group]}/variables.tf", group),
    ):
        found = [each for each in list_attributes_of(path, variable) if each in keys]
        assert tuple(found) == keys, (
            f'order the attributes of variable "{variable}" in {path} as the keys in FUNCTION of '
            "domovoi_tf/settings/keys.py"
        )


@pytest.mark.parametrize(("group", "single"), [("settings", "functions"), ("role", "roles")])
def test_modules_and_single_functions_take_the_attributes_of_all_functions(group: str, single: str) -> None:
    """Terraform silently drops an attribute that a type does not have."""
    attributes = list_attributes_of(VARIABLES, group)
    assert list_attributes_of(f"modules/{MODULES[group]}/variables.tf", group) == attributes
    of_package = {"runtime", "architecture"}
    assert list_attributes_of(VARIABLES, single) == [each for each in attributes if each not in of_package]
