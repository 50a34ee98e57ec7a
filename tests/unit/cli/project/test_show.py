"""`domovoi-tf show`."""

from __future__ import annotations

from domovoi_tf import Domovoi
from domovoi_tf.cli.pipeline import Project
from domovoi_tf.cli.project.show import describe_app, format_app
from domovoi_tf.loading.recording.records import ReadApplication
from domovoi_tf.settings import FunctionSettings, Settings


def tend(event: object, context: object) -> None: ...


def report(event: object, context: object) -> None: ...


def test_functions_are_shown_with_their_effective_settings() -> None:
    app = Domovoi()
    app.function("reports", memory_size=1024, timeout=900)
    app.sns_topic_subscriber("orders")(tend)
    app.sns_topic_subscriber("orders", function="reports")(report)
    settings = Settings(
        app_name="bar", stage="dev", timeout=20, functions={"reports": FunctionSettings(memory_size=512)}
    )
    read = ReadApplication(**app.freeze().to_dict())  # type: ignore[arg-type]
    lines = format_app(describe_app(Project(read, settings))).splitlines()
    assert [line for line in lines if not line.startswith(" ")] == [
        "bar-dev  (128 MB, 20 s)",
        "bar-dev-reports  (512 MB, 900 s)",
    ]
