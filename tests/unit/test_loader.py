"""An app is read in a process of its own; what goes wrong there is said by the user's own file and line."""

from __future__ import annotations

from pathlib import Path

import pytest

from domovoi_tf import loader
from domovoi_tf.errors import AppLoadError
from domovoi_tf.model import Application, Fault, Location
from domovoi_tf.names import Variable
from domovoi_tf.settings import Settings
from domovoi_tf.triggers.sns import Sns
from domovoi_tf.validate import validate

INSTALL = "Install what the app imports here too: pip install -r requirements.txt"
CORRECT = "Correct it there; --debug shows the whole traceback."
HANDLER = """
@app.sns_topic_subscriber("bartender")
def tend(event, context): ...
"""
APP = f"from domovoi_tf import Domovoi\napp = Domovoi()\n{HANDLER}"


@pytest.fixture(autouse=True)
def no_debug(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DOMOVOI_TF_DEBUG", raising=False)


def write(folder: Path, **files: str) -> Path:
    for name, text in files.items():
        path = folder / f"{name.replace('__', '/')}.py"
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, encoding="utf-8")
    return folder


def load(folder: Path, app: str = APP, **files: str) -> Application:
    return loader.load(write(folder, app=app, **files))


def said(folder: Path, app: str = APP, **files: str) -> str:
    with pytest.raises(AppLoadError) as raised:
        load(folder, app, **files)
    return str(raised.value)


def test_what_was_declared_comes_back_with_paths_relative_to_the_project(tmp_path: Path) -> None:
    application = load(
        tmp_path,
        "from domovoilib.bar import app",
        domovoilib__bar=f"from domovoi_tf import Domovoi\napp = Domovoi()\napp.function('x')\n{HANDLER * 2}",
    )
    (route,) = application.routes
    assert route.trigger == Sns(topic_name="bartender")
    assert (route.handler, route.module) == ("tend", "domovoilib.bar")
    assert route.location == Location(file="domovoilib/bar.py", line=8)
    assert application.functions[1].location == Location(file="domovoilib/bar.py", line=3)
    (notice,) = application.notices
    assert notice.location == route.location
    assert notice.message == "tend replaces the handler of the same name at domovoilib/bar.py:5"


def test_a_project_behind_a_symbolic_link_or_with_odd_characters(tmp_path: Path) -> None:
    odd = write(tmp_path / "a b'ö${x}\n", app=APP)
    (tmp_path / "link").symlink_to(odd)
    for project in (odd, tmp_path / "link"):
        assert str(loader.load(project).routes[0].location) == "app.py:4"


def test_the_stage_s_environment_is_there_at_import(tmp_path: Path) -> None:
    write(tmp_path, app="import os\n" + APP.replace('"bartender"', 'os.environ["TOPIC"]'))
    application = loader.load(tmp_path, {"TOPIC": "cellar ${x}"})
    assert application.routes[0].trigger == Sns(topic_name="cellar ${x}")


def test_modules_of_the_app_may_have_the_names_of_ours(tmp_path: Path) -> None:
    own = {name: f"who = {name!r}" for name in ("names", "model", "errors", "frozen", "loader", "triggers")}
    imports = "".join(f"import {name}\nassert {name}.who == {name!r}\n" for name in own)
    assert len(load(tmp_path, imports + APP, **own).routes) == 1


def test_vendored_packages_are_found(tmp_path: Path) -> None:
    assert load(tmp_path, f"import shaker\n{APP}", vendor__shaker="").routes


def test_what_the_app_prints_goes_to_standard_error(
    tmp_path: Path, capfd: pytest.CaptureFixture[str]
) -> None:
    noisy = "import os, sys\nprint('a', flush=True)\nos.write(1, b'b')\nsys.stdout.write('c')\n"
    assert len(load(tmp_path, noisy + APP).routes) == 1
    out, err = capfd.readouterr()
    assert (out, sorted(err.replace("\n", ""))) == ("", ["a", "b", "c"])


def test_the_app_cannot_wait_for_an_answer(tmp_path: Path) -> None:
    assert said(tmp_path, f"input()\n{APP}") == f"app.py:1: EOFError: EOF when reading a line\n{CORRECT}"


def test_a_boto3_client_at_module_level_needs_no_region(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    assert load(tmp_path, f"import boto3\nsns = boto3.client('sns')\n{APP}").routes


def test_the_project_is_left_as_it_was(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"):
        monkeypatch.delenv(name, raising=False)
    load(tmp_path, f"import domovoilib.bar\n{APP}", domovoilib__bar="")
    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*")) == [
        "app.py",
        "domovoilib",
        "domovoilib/bar.py",
    ]


# What goes wrong


def test_no_app_py(tmp_path: Path) -> None:
    with pytest.raises(AppLoadError) as raised:
        loader.load(tmp_path)
    assert str(raised.value) == (
        f"app.py does not exist in {tmp_path}.\n"
        "Create it with an app = Domovoi(), or name the project's folder."
    )


def test_a_module_that_is_not_installed(tmp_path: Path) -> None:
    assert said(tmp_path, f"import os\nimport ginger_beer\n{APP}") == (
        f"app.py:2: ModuleNotFoundError: No module named 'ginger_beer'\n{INSTALL}"
    )


def test_an_exception_two_frames_deep_in_domovoilib(tmp_path: Path) -> None:
    deep = "import json\n\ndef pour():\n    return json.loads('{')\n\ndef tap():\n    return pour()\n"
    assert said(tmp_path, f"from domovoilib.bar import tap\ntap()\n{APP}", domovoilib__bar=deep) == (
        "domovoilib/bar.py:4: JSONDecodeError: "
        f"Expecting property name enclosed in double quotes: line 1 column 2 (char 1)\n{CORRECT}"
    )


def test_an_exception_without_words(tmp_path: Path) -> None:
    assert said(tmp_path, "\nraise KeyboardInterrupt") == f"app.py:2: KeyboardInterrupt\n{CORRECT}"


@pytest.mark.parametrize("file", ["app", "domovoilib__bar"])
def test_a_syntax_error(tmp_path: Path, file: str) -> None:
    files = {"app": f"import domovoilib.bar\n{APP}", "domovoilib__bar": ""} | {file: "x = 1\n\ny = (\n"}
    path = file.replace("__", "/")
    assert (
        said(tmp_path, **files)
        == f"{path}.py:3: SyntaxError: '(' was never closed ({Path(path).name}.py, line 3)\n{CORRECT}"
    )


def test_source_that_is_not_utf_8(tmp_path: Path) -> None:
    write(tmp_path, app=APP)
    (tmp_path / "app.py").write_bytes(b'x = "\xff"\n')
    with pytest.raises(AppLoadError) as raised:
        loader.load(tmp_path)
    assert raised.value.message.startswith("app.py:1: SyntaxError: (unicode error) 'utf-8' codec")


def test_wrong_arguments_of_a_decorator(tmp_path: Path) -> None:
    application = load(tmp_path, APP.replace('"bartender"', '"bartender",\n    topic="x",\n'))
    assert application.faults == (
        Fault(
            location=Location(file="app.py", line=4),
            message="sns_topic_subscriber() got an unexpected keyword argument 'topic'",
            remedy="It takes topic_name, create, filter_policy, filter_policy_scope, function.",
        ),
    )
    settings = Settings(app_name="bar", stage="dev")
    assert [str(problem) for problem in validate(application, settings)] == [
        "app.py:4: sns_topic_subscriber() got an unexpected keyword argument 'topic'\n"
        "    It takes topic_name, create, filter_policy, filter_policy_scope, function."
    ]


def test_a_wrong_variable_name(tmp_path: Path) -> None:
    wrong = APP.replace("import Domovoi", "import Domovoi, variable").replace(
        '"bartender"', 'variable("A b")'
    )
    assert said(tmp_path, wrong) == (
        "app.py:4: ValueError: variable('A b'): expected a lower-case identifier such as 'orders_topic_arn'\n"
        f"{CORRECT}"
    )


def test_a_handler_without_a_name(tmp_path: Path) -> None:
    nameless = (
        f"{APP}\nclass Tend:\n    def __repr__(self): return 'Tend()'\n    def __call__(self, *_): ...\n"
    )
    assert said(tmp_path, f"{nameless}\napp.sns_topic_subscriber('cellar')(Tend())\n") == (
        "app.py:11: the handler Tend() has no name of its own.\nDecorate a function defined with def."
    )


def test_no_domovoi_object(tmp_path: Path) -> None:
    assert said(tmp_path, "x = 1") == "app.py has no Domovoi object named app.\nWrite: app = Domovoi()"


def test_a_domovoi_object_of_another_name(tmp_path: Path) -> None:
    assert said(tmp_path, APP.replace("app", "bar")) == (
        "app.py has no Domovoi object named app; it has one named bar.\nWrite: app = Domovoi()"
    )


def test_two_domovoi_objects(tmp_path: Path) -> None:
    assert said(tmp_path, f"{APP}\nzebra = Domovoi()\n") == (
        "app.py has 2 Domovoi objects: app, zebra.\n"
        "Keep one, named app; a second app is a project of its own."
    )


def test_one_object_of_two_names_is_one(tmp_path: Path) -> None:
    assert load(tmp_path, f"{APP}\nbar = app\n").routes


def test_no_handlers(tmp_path: Path) -> None:
    assert said(tmp_path, "from domovoi_tf import Domovoi\napp = Domovoi()\n") == (
        "app.py has an app without handlers.\n"
        'Decorate a function, for example with @app.scheduled_function("rate(5 minutes)").'
    )


def test_an_app_that_exits(tmp_path: Path) -> None:
    assert said(tmp_path, "import sys\nsys.exit(3)") == f"app.py:2: SystemExit: 3\n{CORRECT}"


@pytest.mark.parametrize("code", [0, 7])
def test_an_app_that_ends_the_process(tmp_path: Path, code: int) -> None:
    assert said(tmp_path, f"{APP}\nimport os\nos._exit({code})") == (
        f"app.py ended the process with exit code {code} while it was imported.\n"
        "Move what it does at import into a handler."
    )


def test_an_app_that_is_killed(tmp_path: Path) -> None:
    assert said(tmp_path, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)") == (
        "app.py ended the process with exit code -9 while it was imported.\n"
        "Move what it does at import into a handler."
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Glass.PINT", "<Glass.PINT: 'pint'>"),
        ("Thing()", "Thing()"),
        ("Glass", "<enum 'Glass'>"),
        ("len", None),
    ],
)
def test_a_value_that_only_the_app_could_read_back(tmp_path: Path, value: str, shown: str | None) -> None:
    classes = (
        "import enum\n"
        "class Glass(str, enum.Enum):\n    PINT = 'pint'\n"
        "class Thing:\n    def __repr__(self): return 'Thing()'\n"
    )
    app = classes + APP.replace('"bartender"', f'"bartender", filter_policy={{"a": [{value}]}}')
    if shown is None:  # a built-in comes back, and is refused by name when the app is validated
        assert load(tmp_path, app).routes
        return
    assert said(tmp_path, app) == (
        f"app.py:9: filter_policy: {{'a': [{shown}]}} is not plain data.\n"
        "Use None, booleans, numbers, strings, lists and dicts with string keys."
    )


def test_the_whole_traceback_is_there_on_request(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    said(tmp_path, "1 / 0")
    assert capfd.readouterr().err == ""
    monkeypatch.setenv("DOMOVOI_TF_DEBUG", "1")
    said(tmp_path, "1 / 0")
    err = capfd.readouterr().err
    assert err.startswith("Traceback (most recent call last):\n")
    assert err.endswith("ZeroDivisionError: division by zero\n")


def test_a_variable_that_the_app_declares_has_its_line(tmp_path: Path) -> None:
    (declared,) = load(tmp_path, f'{APP}app.variable("payment_key", sensitive=True)\n').variables
    assert (str(declared.location), declared.variable) == (
        f"app.py:{APP.count(chr(10)) + 1}",
        Variable(name="payment_key", sensitive=True),
    )
