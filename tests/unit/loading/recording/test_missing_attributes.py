"""Attributes that an app does not have are reported with all other problems, with their lines."""

from __future__ import annotations

from pathlib import Path

import pytest

from domovoi_tf import Domovoi
from domovoi_tf.errors import AppLoadError
from domovoi_tf.loading import loader
from domovoi_tf.loading.explanations.attributes import list_decorators, suggest_attribute
from domovoi_tf.model.declarations import Fault, Location

HEAD = "from domovoi_tf import Domovoi\n\napp = Domovoi()\n\n"
GOOD = '@app.sns_topic_subscriber("bartender")\ndef tend(event, context): ...\n'
#: What `chalice.Chalice` 1.34 has for apps: decorators, methods and attributes.
CHALICE = (
    *("api", "authorizer", "current_request", "experimental_feature_flags", "on_cw_event"),
    *("on_dynamodb_record", "on_kinesis_record", "on_s3_event", "on_sns_message", "on_sqs_message"),
    *("on_ws_connect", "on_ws_disconnect", "on_ws_message", "register_blueprint", "route", "routes"),
    *("schedule", "websocket_api"),
)
#: Of these, an app has what it needs.
SHARED = ("app_name", "configure_logs", "debug", "lambda_context", "lambda_function", "log", "middleware")


def load(folder: Path, text: str) -> tuple[list[str], tuple[Fault, ...]]:
    """Returns the names of the handlers and the faults of an app."""
    (folder / "app.py").write_text(HEAD + text)
    application = loader.load(folder)
    return [route.handler for route in application.routes], application.faults


def test_all_missing_attributes_are_reported_and_the_import_goes_on(tmp_path: Path) -> None:
    app = f"""
app.api.cors = True
app.websocket_api.session = app.api["x"]


@app.route("/", methods=["GET"], cors=True)
def index():
    return app.current_request.to_dict()


@app.on_sqs_message
def receive(event): ...


@app.authorizer()
def check(request): ...


for each in app.routes: ...
{GOOD}
app.register_blueprint(check, url_prefix="/x")
"""
    handlers, faults = load(tmp_path, app)
    assert handlers == ["tend"]
    found = [(fault.location.line, fault.message, fault.remedy) for fault in faults]
    names = [(6, "api"), (7, "api"), (7, "websocket_api"), (10, "route"), (15, "on_sqs_message")]
    names += [(19, "authorizer"), (23, "routes"), (27, "register_blueprint")]
    assert sorted(found) == sorted(
        (line, f"app.{name} does not exist", suggest_attribute(name)) for line, name in names
    )


@pytest.mark.parametrize("name", CHALICE)
def test_each_name_of_chalice_has_a_remedy_of_its_own(name: str, tmp_path: Path) -> None:
    assert not hasattr(Domovoi(), name)
    assert not suggest_attribute(name).startswith(("Did you mean", "The app's decorators"))
    _, faults = load(tmp_path, f"app.{name}\n")
    assert faults == (
        Fault(
            location=Location(file="app.py", line=5),
            message=f"app.{name} does not exist",
            remedy=suggest_attribute(name),
        ),
    )


def test_other_names_of_chalice_exist() -> None:
    assert [name for name in SHARED if not hasattr(Domovoi, name) and not hasattr(Domovoi(), name)] == []
    assert not set(CHALICE) & set(list_decorators())


@pytest.mark.parametrize(
    "text",
    [
        "assert not hasattr(app, 'route')\n",
        "assert getattr(app, 'route', None) is None\n",
        "import copy\nassert copy.copy(app).app_name == app.app_name\n",
        "import inspect\nassert not inspect.isawaitable(app)\n",
        "class Own(Domovoi):\n    def __getattr__(self, name):\n        return 7\nassert Own().route == 7\n",
        "try:\n    app._private\nexcept AttributeError:\n    pass\nelse:\n    raise SystemExit(1)\n",
    ],
)
def test_question_whether_an_app_has_an_attribute_is_no_fault(tmp_path: Path, text: str) -> None:
    assert load(tmp_path, text + GOOD) == (["tend"], ())


def test_code_of_others_gets_its_exception(tmp_path: Path) -> None:
    """Such as a library that supports several frameworks."""
    library = tmp_path / "site-packages" / "tracer.py"
    library.parent.mkdir()
    library.write_text(
        "def has_routes(app):\n"
        "    try:\n        return bool(app.routes)\n    except AttributeError:\n        return False\n"
    )
    text = "import sys, os\nsys.path.append(os.path.join(os.path.dirname(__file__), 'site-packages'))\n"
    assert load(tmp_path, f"{text}import tracer\nassert not tracer.has_routes(app)\n{GOOD}") == (["tend"], ())


def test_app_without_its_constructor_gets_the_exception(tmp_path: Path) -> None:
    with pytest.raises(AppLoadError) as raised:
        load(tmp_path, "class Bar(Domovoi):\n    def __init__(self): self.route\nBar()\n")
    assert raised.value.message == "app.py:6: app.route does not exist"


def test_missing_attribute_is_the_reason_of_a_later_exception(tmp_path: Path) -> None:
    """The object in place of the attribute cannot do everything that Chalice's attribute does."""
    with pytest.raises(AppLoadError) as raised:
        load(tmp_path, "timeout = 1 + app.api.timeout\n")
    assert str(raised.value) == f"app.py:5: app.api does not exist\n{suggest_attribute('api')}"


def test_import_in_another_process_has_no_such_attributes() -> None:
    """In Lambda and in tests, the exception stands."""
    with pytest.raises(AttributeError, match="'Domovoi' object has no attribute 'route'"):
        Domovoi().route("/")  # type: ignore[attr-defined]
