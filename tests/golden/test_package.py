"""The tree of an app whose package is uploaded through S3, with a layer for its dependencies."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

from domovoi_tf import Domovoi
from domovoi_tf.rendering.templates import render
from domovoi_tf.settings import Settings
from domovoi_tf.synthesis.app_module import synthesize
from domovoi_tf.system import assets
from domovoi_tf.validation.application import validate

HERE = Path(__file__).parent / "package"
SETTINGS = Settings(
    app_name="bar",
    stage="dev",
    package_layer=True,
    package_s3={"bucket": "bar-packages", "prefix": "builds/${x}/"},
)


def tend(event: object, context: object) -> None: ...


def test_package_and_layer_are_golden(golden: Callable[[Path, str], None]) -> None:
    app = Domovoi()
    app.sns_topic_subscriber("bartender")(tend)
    assert validate(app.freeze(), SETTINGS) == ()
    files = render(synthesize(app.freeze(), SETTINGS), assets.find_templates(), assets.find_modules())
    contents = {file.path: file.content.decode() for file in files}
    for path in ("app/package.tf", "app/layer.tf", "app/lambda.tf", "stages/dev/main.tf"):
        golden(HERE / path, contents[path])
