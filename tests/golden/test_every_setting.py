"""The tree of an app of which every setting is set, for all functions and otherwise for one."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from every_setting import EVERYTHING, OTHER, POLICY, application

from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from domovoi_tf.validation.application import validate

HERE = Path(__file__).parent / "every_setting"
FILES = ("app/settings.tf", "app/lambda.tf", "app/iam.tf", "stages/prod/main.tf", "stages/prod/providers.tf")


def files(settings: Settings) -> dict[str, str]:
    assert validate(application(), settings) == ()
    rendered = render(synthesize(application(), settings), assets.find_templates(), assets.find_modules())
    return {file.path: file.content.decode() for file in rendered}


def test_everything_is_set(golden: Callable[[Path, str], None]) -> None:
    found = files(EVERYTHING)
    for path in FILES:
        golden(HERE / path, found[path])
    assert found["stages/prod/policy.json"] == POLICY
    assert found["stages/prod/policy-reports.json"] == OTHER
    assert "stages/prod/policy-default.json" not in found


def test_a_root_says_what_the_configuration_says_and_no_more() -> None:
    found, plain = files(EVERYTHING), files(Settings(app_name="bar", stage="prod"))
    assert plain["stages/prod/main.tf"].partition('source = "../../app"\n\n')[2] == (
        '  name        = "bar-prod"\n  memory_size = 128\n  timeout     = 60\n}\n'
    )
    app = {path for path in found if path.startswith("app/")}
    assert {path: found[path] for path in app} == {path: plain[path] for path in app}
