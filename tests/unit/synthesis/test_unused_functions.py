"""Functions without handlers are not deployed, and their log groups stay if they were."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf import Domovoi
from domovoi_tf.cli.project.show import describe_app
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import FunctionSettings, Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from domovoi_tf.validation.application import find_warnings, validate

SETTINGS = Settings(app_name="smithy", stage="dev")
PASS = {"StartAt": "a", "States": {"a": {"Type": "Pass", "End": True}}}
OUTPUTS = ["function_name", "function_arn", "function_invoke_arn", "role_name", "role_arn", "log_group_name"]


def lambda_handler(event: Any, context: Any) -> None: ...


def build_app() -> Domovoi:
    """An app whose handlers all have a function of their own, as in a public app."""
    app = Domovoi()
    app.scheduled_function("rate(5 minutes)", function=app.function("one"))(lambda_handler)
    return app


def render_app(app: Domovoi, settings: Settings = SETTINGS) -> dict[str, str]:
    application = app.freeze()
    assert validate(application, settings) == ()
    files = render(synthesize(application, settings), assets.find_templates(), assets.find_modules())
    return {file.path: file.content.decode() for file in files}


def make_removed_block(label: str) -> str:
    return (
        "# The function has no handlers. If it was deployed, it is destroyed, but the log group with its "
        f"logs stays.\nremoved {{\n  from = module.{label}.aws_cloudwatch_log_group.this\n\n"
        "  lifecycle {\n    destroy = false\n  }\n}\n"
    )


def test_default_function_without_handlers_is_not_deployed() -> None:
    files = render_app(build_app())
    functions, removed = files["app/lambda.tf"].split("\n\n# The function")
    assert functions.count('module "') == 1
    assert 'module "lambda_one" {' in functions
    assert f"# The function{removed}" == make_removed_block("lambda")
    assert 'module "iam_one" {' in files["app/iam.tf"]
    assert 'module "iam" {' not in files["app/iam.tf"]
    assert files["app/lambda.tf"].count('DOMOVOI_TF_FUNCTION = "one"') == 1


def test_app_without_a_default_function_has_no_outputs_of_it() -> None:
    stack = synthesize(build_app().freeze(), SETTINGS)
    values = {output.name: output.value for output in stack.outputs}
    assert not values.keys() & {*OUTPUTS}
    assert values["functions"] == {
        "one": "merge(module.lambda_one.function, module.lambda_one.attributes, "
        "{ role_name = module.iam_one.role_name, role_arn = module.iam_one.role_arn })"
    }
    assert values["policy_documents"] == {"one": "module.iam_one.policy_document"}


def test_default_function_with_handlers_is_deployed_as_before() -> None:
    app = build_app()
    app.scheduled_function("rate(1 day)", name="two")(lambda_handler)
    files = render_app(app)
    assert 'module "lambda" {' in files["app/lambda.tf"]
    assert "removed {" not in files["app/lambda.tf"]
    assert "value       = module.lambda.function.name" in files["app/outputs.tf"]


def test_app_without_handlers_has_no_functions() -> None:
    app = Domovoi()
    app.function("idle")
    app.register_state_machine(PASS)
    files = render_app(app)
    assert "app/iam.tf" not in files
    assert files["app/lambda.tf"].endswith(
        f"\n\n{make_removed_block('lambda')}\n{make_removed_block('lambda_idle')}"
    )
    assert (
        "A key of functions must be the name of a function of the app: it has none."
        in files["app/variables.tf"]
    )
    assert not any("/modules/lambda/" in path for path in files)


def test_declared_function_without_handlers_gets_a_warning() -> None:
    app = build_app()
    app.function("idle")
    (notice,) = find_warnings(app.freeze(), SETTINGS)
    assert Path(notice.location.file).name == Path(__file__).name
    assert notice.message == (
        "the function 'idle' has no handlers, so it is not deployed: pass function='idle' to a decorator, or "
        "remove the declaration"
    )


def test_settings_of_a_function_without_handlers_have_no_effect() -> None:
    own = {"default": FunctionSettings(memory_size=512, policy="{}"), "one": FunctionSettings(timeout=9)}
    settings = Settings(app_name="smithy", stage="dev", functions=own)
    (notice,) = find_warnings(build_app().freeze(), settings)
    assert notice.message == (
        "lambda_functions.default has no effect on the function 'default', "
        "which is not deployed because it has no handlers"
    )
    files = render_app(build_app(), settings)
    assert "512" not in files["stages/dev/main.tf"]
    assert "    memory_size = 128\n    timeout     = 9\n  }\n}\n" in files["stages/dev/main.tf"]
    assert "stages/dev/policy-default.json" not in files


@pytest.mark.parametrize("has_default", [True, False])
def test_show_lists_the_functions_that_are_deployed(has_default: bool) -> None:
    app = build_app()
    if has_default:
        app.lambda_function("run")(lambda_handler)
    described = describe_app((app.freeze(), SETTINGS))  # type: ignore[arg-type]
    names = [function["name"] for function in json.loads(json.dumps(described))["functions"]]
    assert names == ["smithy-dev"] * has_default + ["smithy-dev-one"]
