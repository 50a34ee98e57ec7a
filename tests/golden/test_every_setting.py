"""The tree of an app that sets every setting, for all functions and differently for one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from every_setting import EVERYTHING, OTHER, POLICY, build_application

from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from domovoi_tf.validation.application import validate

HERE = Path(__file__).parent / "every_setting"
FILES = ("app/settings.tf", "app/lambda.tf", "app/iam.tf", "stages/prod/main.tf", "stages/prod/providers.tf")


def render_app(settings: Settings) -> dict[str, str]:
    assert validate(build_application(), settings) == ()
    rendered = render(
        synthesize(build_application(), settings), assets.find_templates(), assets.find_modules()
    )
    return {file.path: file.content.decode() for file in rendered}


def test_every_setting_is_rendered(golden: Callable[[Path, str], None]) -> None:
    files = render_app(EVERYTHING)
    for path in FILES:
        golden(HERE / path, files[path])
    assert files["stages/prod/policy.json"] == POLICY
    assert files["stages/prod/policy-reports.json"] == OTHER
    assert "stages/prod/policy-default.json" not in files


def test_root_contains_only_configured_settings_and_the_app_contains_none() -> None:
    files, minimal = render_app(EVERYTHING), render_app(Settings(app_name="bar", stage="prod"))
    assert minimal["stages/prod/main.tf"].partition('source = "../../app"\n\n')[2] == (
        '  name = "bar-prod"\n  settings = {\n    memory_size = 128\n    timeout     = 60\n  }\n}\n'
    )
    app = {path for path in files if path.startswith("app/")}
    assert {path: files[path] for path in app} == {path: minimal[path] for path in app}
