"""An app is imported in a child process. Errors name the file and line of the user's code."""

from __future__ import annotations

import contextlib
import json
import os
import pickle
import shutil
import signal
import subprocess
import sys
from pathlib import Path

import pytest

import domovoi_tf
from domovoi_tf.errors import AppLoadError
from domovoi_tf.loading import loader, serialization
from domovoi_tf.loading.environment import build_app_environment
from domovoi_tf.loading.explanations import modules
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Fault, Location
from domovoi_tf.model.names import Variable
from domovoi_tf.settings import Settings
from domovoi_tf.system import background_processes
from domovoi_tf.system.guarded_processes import START
from domovoi_tf.triggers.sns import Sns
from domovoi_tf.validation.application import validate

EVERY_SOURCE = Path(__file__).parents[3] / "examples" / "every_source"
OTHER_PYTHON = "Or pass the Python that has it with --python or in DOMOVOI_TF_PYTHON."
FIX_CODE = "Correct the code there. --debug shows the whole traceback."
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


def get_load_error(folder: Path, app: str = APP, **files: str) -> str:
    with pytest.raises(AppLoadError) as raised:
        load(folder, app, **files)
    return str(raised.value)


def test_loaded_application_has_paths_relative_to_project(tmp_path: Path) -> None:
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
    assert notice.message == "tend replaces the handler with the same name at domovoilib/bar.py:5"


def test_project_may_be_a_symbolic_link_or_have_unusual_characters(tmp_path: Path) -> None:
    odd = write(tmp_path / "a b'ö${x}\n", app=APP)
    (tmp_path / "link").symlink_to(odd)
    for project in (odd, tmp_path / "link"):
        assert str(loader.load(project).routes[0].location) == "app.py:4"


def test_stage_environment_is_set_during_import(tmp_path: Path) -> None:
    write(tmp_path, app="import os\n" + APP.replace('"bartender"', 'os.environ["TOPIC"]'))
    application = loader.load(tmp_path, {"TOPIC": "cellar ${x}"})
    assert application.routes[0].trigger == Sns(topic_name="cellar ${x}")


def test_app_modules_may_have_the_names_of_domovoi_tf_modules(tmp_path: Path) -> None:
    own = {name: f"who = {name!r}" for name in ("names", "model", "errors", "frozen", "loader", "triggers")}
    imports = "".join(f"import {name}\nassert {name}.who == {name!r}\n" for name in own)
    assert len(load(tmp_path, imports + APP, **own).routes) == 1


def test_vendored_packages_can_be_imported(tmp_path: Path) -> None:
    assert load(tmp_path, f"import shaker\n{APP}", vendor__shaker="").routes


def test_output_of_the_app_goes_to_standard_error(tmp_path: Path, capfd: pytest.CaptureFixture[str]) -> None:
    noisy = "import os, sys\nprint('a', flush=True)\nos.write(1, b'b')\nsys.stdout.write('c')\n"
    assert len(load(tmp_path, noisy + APP).routes) == 1
    out, err = capfd.readouterr()
    assert (out, err) == ("", "app.py| a\napp.py| bc\n")


def test_app_cannot_read_from_standard_input(tmp_path: Path) -> None:
    assert (
        get_load_error(tmp_path, f"input()\n{APP}")
        == f"app.py:1: EOFError: EOF when reading a line\n{FIX_CODE}"
    )


def test_boto3_client_at_module_level_needs_no_region(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    for name in ("AWS_REGION", "AWS_DEFAULT_REGION", "AWS_PROFILE"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("AWS_CONFIG_FILE", str(tmp_path / "none"))
    assert load(tmp_path, f"import boto3\nsns = boto3.client('sns')\n{APP}").routes


def test_loading_writes_no_files_into_the_project(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("PYTHONDONTWRITEBYTECODE", "PYTHONPYCACHEPREFIX"):
        monkeypatch.delenv(name, raising=False)
    load(tmp_path, f"import domovoilib.bar\n{APP}", domovoilib__bar="")
    assert sorted(p.relative_to(tmp_path).as_posix() for p in tmp_path.rglob("*")) == [
        "app.py",
        "domovoilib",
        "domovoilib/bar.py",
    ]


# Where handlers are defined


def load_handlers(folder: Path, app: str, **files: str) -> list[tuple[str, str, str]]:
    application = load(folder, f"from domovoi_tf import Domovoi\napp = Domovoi()\n{app}", **files)
    assert (application.notices, application.faults) == ((), ())
    return [(route.handler, route.module, str(route.location)) for route in application.routes]


def test_app_may_be_a_package_but_not_a_module_too(tmp_path: Path) -> None:
    write(tmp_path, app__main=APP)
    (tmp_path / "app" / "__init__.py").write_text("from .main import app")
    (route,) = loader.load(tmp_path).routes
    assert (route.module, str(route.location)) == ("app.main", "app/main.py:4")
    (tmp_path / "app.py").write_text(APP)
    with pytest.raises(AppLoadError) as raised:
        loader.load(tmp_path)
    assert str(raised.value) == (
        f"{tmp_path} contains both app.py and app/__init__.py.\n"
        "Delete one of them: Python imports app/__init__.py and ignores app.py."
    )


def test_handlers_may_be_registered_by_a_function_that_receives_the_app(tmp_path: Path) -> None:
    billing = "def register(app):\n    @app.sns_topic_subscriber('bills')\n    def pay(event, context): ...\n"
    app = "from handlers.billing import register\nregister(app)"
    assert load_handlers(tmp_path, app, handlers__billing=billing) == [
        ("pay", "handlers.billing", "handlers/billing.py:2")
    ]


def test_module_may_import_the_app_that_imports_it(tmp_path: Path) -> None:
    billing = "from app import app\n@app.sns_topic_subscriber('bills')\ndef pay(event, context): ...\n"
    assert load_handlers(tmp_path, "import billing", billing=billing) == [("pay", "billing", "billing.py:2")]
    early = f"import billing\n{APP}"
    assert get_load_error(tmp_path, early, billing=billing).splitlines()[1] == (
        "Modules that write from app import app need the app to exist when they are imported: "
        "move app = Domovoi() above the lines that import them."
    )
    assert get_load_error(
        tmp_path, f"from billing import app\n{APP}", billing="from __main__ import app"
    ) == (
        "billing.py:1: ImportError: cannot import name 'app' from '__main__' (unknown location)\n"
        "The app's module is named app, here and in Lambda: write from app import app."
    )


CLASSES = """
class Bill:
    @staticmethod
    @app.sns_topic_subscriber("a")
    def one(event, context): ...

    @app.sns_topic_subscriber("b")
    @staticmethod
    def two(event, context): ...

    def three(self, event, context): ...

bill = Bill()
app.sns_topic_subscriber("c")(bill.three)
app.sns_topic_subscriber("d")(bill.three)
app.sns_topic_subscriber("e")(Bill().three)
"""


def test_handlers_may_be_static_or_bound_methods(tmp_path: Path) -> None:
    assert load_handlers(tmp_path, CLASSES) == [
        ("one", "app:Bill", "app.py:6"),
        ("two", "app:Bill", "app.py:9"),
        ("three", "app:Bill", "app.py:16"),
        ("three", "app:Bill", "app.py:17"),
        ("three", "app:Bill", "app.py:18"),
    ]


def test_handlers_of_one_name_in_two_classes_are_told_apart(tmp_path: Path) -> None:
    classes = "".join(
        f"class {name}:\n    @app.sns_topic_subscriber('{name}')\n    def pay(event, context): ...\n"
        for name in ("A", "B")
    )
    application = load(tmp_path, f"from domovoi_tf import Domovoi\napp = Domovoi()\n{classes}")
    routes = [(route.handler, route.module, str(route.location)) for route in application.routes]
    assert routes == [("pay-sns-A", "app:A", "app.py:4"), ("pay-sns-B", "app:B", "app.py:7")]
    assert [notice.message for notice in application.notices] == [
        "pay is also the name of the handler at app.py:4, so they are deployed as pay-sns-B and pay-sns-A: "
        "rename one of the functions, or set name="
    ]


WRAPPED = """
import functools
from tools import counted, Traced

def logged(handler):
    def wrapper(event, context):
        return handler(event, context)
    return wrapper

def named(handler):
    @functools.wraps(handler)
    def wrapper(event, context):
        return handler(event, context)
    return wrapper

@app.sns_topic_subscriber("a")
@logged
def one(event, context): ...

@counted
@app.sns_topic_subscriber("b")
@named
@logged
@counted
def two(event, context): ...

@app.sns_topic_subscriber("c")
@Traced
def three(event, context): ...

@logged
@app.sns_topic_subscriber("e")
@app.sns_topic_subscriber("f")
def four(event, context): ...
"""
TOOLS = """
def counted(handler):
    count = 0
    def inner(event, context):
        nonlocal count
        count += 1
        return handler(event, context)
    return inner

class Traced:
    def __init__(self, handler):
        self.handler = handler
    def __call__(self, event, context):
        return self.handler(event, context)
"""


def test_handlers_wrapped_by_other_decorators_keep_name_file_and_line(tmp_path: Path) -> None:
    application = load(tmp_path, f"from domovoi_tf import Domovoi\napp = Domovoi()\n{WRAPPED}", tools=TOOLS)
    # Those above the app's own decorators are warnings.
    assert [str(notice.location) for notice in application.notices] == ["app.py:23", "app.py:34"]
    assert [(route.handler, route.module, str(route.location)) for route in application.routes] == [
        ("one", "app", "app.py:18"),
        ("two", "app", "app.py:23"),
        ("three", "app", "app.py:29"),
        ("four", "app", "app.py:35"),
        ("four", "app", "app.py:34"),
    ]


# The process


def read_environment(folder: Path, stage: dict[str, str] | None = None) -> dict[str, str]:
    """Returns the environment variables that an app sees when it is imported."""
    write(
        folder,
        app=f"import json, os, pathlib\npathlib.Path('seen').write_text(json.dumps(dict(os.environ)))\n{APP}",
    )
    loader.load(folder, stage)
    seen: dict[str, str] = json.loads((folder / "seen").read_text())
    return seen


def test_app_sees_only_the_shell_variables_that_python_needs_and_no_secrets(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    passed = {"PATH": os.environ["PATH"], "LC_TIME": "C", "https_proxy": "http://proxy:1", "NO_PROXY": "x"}
    passed |= {"PYTHONPATH": str(tmp_path), "VIRTUAL_ENV": "/venv"}
    secrets = [
        *("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_SESSION_TOKEN", "AWS_PROFILE", "AWS_ROLE_ARN"),
        *("AWS_WEB_IDENTITY_TOKEN_FILE", "AWS_CONTAINER_CREDENTIALS_FULL_URI", "AWS_ENDPOINT_URL"),
        *("GITHUB_TOKEN", "DOMOVOI_TF_PYTHON", "TF_VAR_password", "DATABASE_URL"),
    ]
    for name, value in {**dict.fromkeys(secrets, "secret"), **passed}.items():
        monkeypatch.setenv(name, value)
    monkeypatch.setenv("AWS_CONFIG_FILE", "/home/me/.aws/config")
    seen = read_environment(tmp_path, {"TABLE": "beers", "AWS_PROFILE": "mine", "AWS_REGION": "eu-west-1"})
    assert {name: seen[name] for name in passed} == passed
    assert "secret" not in seen.values()
    assert {name: value for name, value in seen.items() if name.startswith("AWS_")} == {
        "AWS_CONFIG_FILE": "/dev/null",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_EC2_METADATA_DISABLED": "true",
        "AWS_REGION": "eu-west-1",
        "AWS_SHARED_CREDENTIALS_FILE": "/dev/null",
    }
    assert seen["TABLE"] == "beers"


def test_boto3_finds_no_credentials_during_import(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    home = tmp_path / "home"
    (home / ".aws").mkdir(parents=True)
    (home / ".aws" / "credentials").write_text("[default]\naws_access_key_id=a\naws_secret_access_key=b\n")
    monkeypatch.setenv("HOME", str(home))
    app = f"import boto3\nassert boto3.Session().get_credentials() is None\n{APP}"
    assert load(tmp_path, app).routes


def test_output_appears_while_the_app_is_being_imported(tmp_path: Path) -> None:
    write(
        tmp_path,
        app="import os, time\nprint('begun')\nwhile not os.path.exists('go'): time.sleep(0.01)\n" + APP,
    )
    code = (
        "from pathlib import Path; from domovoi_tf.loading import loader; "
        f"loader.load(Path({str(tmp_path)!r}))"
    )
    with subprocess.Popen([sys.executable, "-c", code], stderr=subprocess.PIPE, text=True) as process:
        assert process.stderr
        assert process.stderr.readline() == "app.py| begun\n"
        (tmp_path / "go").touch()
        assert process.wait() == 0


@pytest.mark.parametrize(
    "app", ["import time\n\ntime.sleep(600)", "\nimport time\nwhile True: time.sleep(0.01)"]
)
def test_timeout_error_names_the_line_that_was_running(tmp_path: Path, app: str) -> None:
    write(tmp_path, app=app)
    with pytest.raises(AppLoadError) as raised:
        loader.load(tmp_path, timeout=0.5)
    assert str(raised.value) == (
        "app.py:3: importing the app took longer than 0.5 s.\n"
        "Move slow code into a handler, or allow more time with --timeout."
    )


def test_app_that_ignores_interrupts_is_killed_with_its_children(tmp_path: Path) -> None:
    deaf = "import signal, subprocess, pathlib\nsignal.signal(signal.SIGINT, signal.SIG_IGN)\n"
    deaf += "started = subprocess.Popen(['sleep', '600'])\npathlib.Path('pid').write_text(str(started.pid))\n"
    write(tmp_path, app=deaf + "started.wait()")
    with pytest.raises(AppLoadError) as raised:
        loader.load(tmp_path, timeout=0.5)
    assert raised.value.message == "app.py: importing the app took longer than 0.5 s."
    pid = int((tmp_path / "pid").read_text())
    assert background_processes.wait_until(lambda: background_processes.read_start_time(pid) is None, 10)


def test_app_is_killed_with_its_children_when_the_tool_is_killed(tmp_path: Path) -> None:
    spinning = "import os, signal, subprocess\n"
    spinning += "signal.pthread_sigmask(signal.SIG_BLOCK, signal.valid_signals())\n"
    spinning += "started = subprocess.Popen(['sleep', '600'])\nprint(os.getpid(), started.pid, flush=True)\n"
    write(tmp_path, app=spinning + "while True: sum(range(10**8))")
    code = "import pathlib; from domovoi_tf.loading import loader; loader.load(pathlib.Path.cwd())"
    with subprocess.Popen(
        [sys.executable, "-c", code], cwd=tmp_path, stderr=subprocess.PIPE, text=True
    ) as tool:
        assert tool.stderr
        pids = [int(pid) for pid in tool.stderr.readline().removeprefix("app.py| ").split()]
        assert all(map(background_processes.read_start_time, pids))
        tool.kill()
    assert len(pids) == 2
    assert background_processes.wait_until(
        lambda: not any(map(background_processes.read_start_time, pids)), 10
    )


def test_import_ends_itself_if_the_tool_cannot_end_it(tmp_path: Path) -> None:
    write(tmp_path, app="while True: pass")
    read, write_end = os.pipe()
    package, channel = str(Path(domovoi_tf.__file__).parent.parent), str(write_end)
    with os.fdopen(read), os.fdopen(write_end):
        done = subprocess.run(
            [sys.executable, "-c", loader._CHILD, package, str(tmp_path), "1", channel, channel],
            cwd=tmp_path,
            input=START,
            pass_fds=[write_end],
            check=False,
        )
    assert done.returncode == -signal.SIGALRM


@pytest.mark.parametrize(
    "start", ["subprocess.Popen(['sleep', '600'])", "threading.Thread(target=time.sleep, args=[600]).start()"]
)
def test_loading_does_not_wait_for_threads_and_processes_of_the_app(tmp_path: Path, start: str) -> None:
    assert load(tmp_path, f"import subprocess, threading, time\n{start}\n{APP}").routes


def test_app_that_writes_into_the_answer_pipe_is_rejected(tmp_path: Path) -> None:
    app = "import os\nfor fd in range(3, 256):\n"
    app += "    try: os.write(fd, bytes(7) + b'\\1x')\n    except OSError: pass\n"
    assert get_load_error(tmp_path, app + APP) == (
        "app.py wrote into the pipe that domovoi-tf uses to read the app.\n"
        "Write only to file descriptors that the app itself opened."
    )


# Another Python


def create_bare_environment(folder: Path) -> Path:
    """Creates a virtual environment without packages and returns its Python."""
    subprocess.run([sys.executable, "-m", "venv", "--without-pip", folder / "venv"], check=True)
    return folder / "venv" / "bin" / "python"


def test_other_python_needs_no_domovoi_tf_and_has_its_own_modules(tmp_path: Path) -> None:
    python = create_bare_environment(tmp_path)
    (site,) = (tmp_path / "venv" / "lib").glob("python*/site-packages")
    (site / "ginger_beer.py").write_text("")
    project = write(tmp_path / "bar", app=f"import ginger_beer\n{APP}")
    assert loader.load(project, python=str(python)).routes
    write(project, app=f"import click\n{APP}")
    assert loader.load(project).routes
    with pytest.raises(AppLoadError) as raised:
        loader.load(project, python=str(python))
    assert raised.value.message == f"app.py:1: the module click is not installed for {python}."


def test_yaml_definitions_need_no_yaml_package_in_the_other_python(tmp_path: Path) -> None:
    project = write(
        tmp_path / "bar",
        app="from domovoi_tf import Domovoi\napp = Domovoi()\napp.register_state_machine('m.yaml')",
    )
    (project / "m.yaml").write_text("StartAt: A\nStates: {A: {Type: Succeed}}\n")
    (machine,) = loader.load(project, python=str(create_bare_environment(tmp_path))).state_machines
    assert machine.definition == {"StartAt": "A", "States": {"A": {"Type": "Succeed"}}}


def is_runnable(python: str | Path) -> bool:
    with contextlib.suppress(OSError):
        return subprocess.run([python, "-c", ""], capture_output=True, check=False).returncode == 0
    return False


@pytest.mark.parametrize("version", ["3.10", "3.12", "3.13", "3.14"])
def test_every_supported_python_loads_the_same_application(tmp_path: Path, version: str) -> None:
    candidates: list[str | Path] = [
        f"python{version}",
        *Path.home().glob(f".pyenv/versions/{version}.*/bin/python3"),
    ]
    python = next((str(path) for path in candidates if is_runnable(path)), None)
    if python is None:
        pytest.skip(f"there is no Python {version}")
    shutil.copytree(EVERY_SOURCE, tmp_path, dirs_exist_ok=True)
    one, other = loader.load(tmp_path, python=python), loader.load(tmp_path)
    assert {name: getattr(one, name) for name in Application._fields} == {
        name: getattr(other, name) for name in Application._fields
    }


def test_missing_and_outdated_python_are_rejected(tmp_path: Path) -> None:
    write(tmp_path, app=APP)
    with pytest.raises(AppLoadError) as raised:
        loader.load(tmp_path, python="python9")
    assert str(raised.value) == (
        "The Python 'python9', which should import the app, does not exist or cannot be executed.\n"
        "Pass another one with --python or in DOMOVOI_TF_PYTHON, or leave both out to use the Python that "
        "runs domovoi-tf."
    )
    old = tmp_path / "old"
    old.write_text("#!/bin/sh\nexit 41\n")
    old.chmod(0o755)
    with pytest.raises(AppLoadError) as raised:
        loader.load(tmp_path, python=str(old))
    assert str(raised.value) == (
        f"{old} is older than Python 3.10.\nChoose a newer Python with --python or DOMOVOI_TF_PYTHON."
    )


# Reading an answer runs no code


class Evil:
    """An object that runs code when it is unpickled."""

    def __reduce__(self) -> tuple[object, ...]:
        return print, ("run",)


@pytest.mark.parametrize(
    "data",
    [
        pickle.dumps(Evil()),
        pickle.dumps(os.system),
        pickle.dumps(Path("x")),
        b"\x80\x04\x8c\x17domovoi_tf.model.record\x8c\x0fFrozen.__init__\x93.",
        b"cdomovoi_tf.model.trigger\nTYPE_CHECKING\n.",
        b"cdomovoi_tf.triggers._patterns.grammar\n_Walk\n.",
        b"cdomovoi_tf.model.names\nDomovoiError\n.",
        b"cdomovoi_tf.triggers.nothing\nX\n.",
        b"Pmine\n.",
        b"",
    ],
)
def test_foreign_pickles_are_rejected(data: bytes, capsys: pytest.CaptureFixture[str]) -> None:
    with pytest.raises((pickle.UnpicklingError, ImportError, EOFError)):
        serialization.loads(data)
    assert capsys.readouterr().out == ""


# Errors


def test_missing_app_py(tmp_path: Path) -> None:
    with pytest.raises(AppLoadError) as raised:
        loader.load(tmp_path)
    assert str(raised.value) == (
        f"{tmp_path} contains no app.py.\n"
        "Create it with the line app = Domovoi(), or name the project's folder with -C."
    )


def test_third_party_module_that_is_not_installed(tmp_path: Path) -> None:
    missing = f"import os\nimport ginger_beer.root\n{APP}"
    assert get_load_error(tmp_path, missing) == (
        f"app.py:2: the module ginger_beer is not installed for {sys.executable}.\n"
        f"Install it: {sys.executable} -m pip install ginger_beer\n{OTHER_PYTHON}"
    )
    (tmp_path / "requirements.txt").touch()
    assert get_load_error(tmp_path, missing).splitlines()[1] == (
        f"Install it: {sys.executable} -m pip install -r requirements.txt"
    )


def test_missing_module_of_the_project_is_not_to_be_installed(tmp_path: Path) -> None:
    assert get_load_error(tmp_path, f"import domovoilib.cellar\n{APP}", domovoilib__bar="") == (
        f"app.py:1: ModuleNotFoundError: No module named 'domovoilib.cellar'\n{FIX_CODE}"
    )


def test_error_names_the_innermost_line_of_the_project(tmp_path: Path) -> None:
    deep = "import json\n\ndef pour():\n    return json.loads('{')\n\ndef tap():\n    return pour()\n"
    assert get_load_error(
        tmp_path, f"from domovoilib.bar import tap\ntap()\n{APP}", domovoilib__bar=deep
    ) == (
        "domovoilib/bar.py:4: JSONDecodeError: "
        f"Expecting property name enclosed in double quotes: line 1 column 2 (char 1)\n{FIX_CODE}"
    )


def test_exception_without_message(tmp_path: Path) -> None:
    assert get_load_error(tmp_path, "\nraise KeyboardInterrupt") == f"app.py:2: KeyboardInterrupt\n{FIX_CODE}"


@pytest.mark.parametrize("file", ["app", "domovoilib__bar"])
def test_syntax_error_names_file_and_line(tmp_path: Path, file: str) -> None:
    files = {"app": f"import domovoilib.bar\n{APP}", "domovoilib__bar": ""} | {file: "x = 1\n\ny = (\n"}
    path = file.replace("__", "/")
    assert (
        get_load_error(tmp_path, **files)
        == f"{path}.py:3: SyntaxError: '(' was never closed\nCorrect the line: y = ("
    )


@pytest.mark.parametrize(
    ("line", "version"),
    [
        ("type Order = int", (3, 12)),
        ("def brew[T](malt: T): ...", (3, 12)),
        ("except* ValueError: ...", (3, 11)),
    ],
)
def test_syntax_of_a_newer_python_names_the_one_that_imports_the_app(
    monkeypatch: pytest.MonkeyPatch, line: str, version: tuple[int, int]
) -> None:
    error = SyntaxError("invalid syntax", ("app.py", 5, 1, f"{line}\n"))
    monkeypatch.setattr(sys, "version_info", (version[0], version[1] - 1, 0))
    needed, old = f"3.{version[1]}", f"3.{version[1] - 1}"
    assert modules.explain_syntax(error) == (
        "SyntaxError: invalid syntax",
        f"Python {needed} and newer have this syntax, but Python {old} imports the app: name another with "
        f"--python or in DOMOVOI_TF_PYTHON, or write the line differently: {line}",
    )
    monkeypatch.setattr(sys, "version_info", (*version, 0))
    assert modules.explain_syntax(error) == ("SyntaxError: invalid syntax", f"Correct the line: {line}")


def test_source_that_is_not_utf_8_is_a_syntax_error(tmp_path: Path) -> None:
    write(tmp_path, app=APP)
    (tmp_path / "app.py").write_bytes(b'x = "\xff"\n')
    with pytest.raises(AppLoadError) as raised:
        loader.load(tmp_path)
    assert raised.value.message.startswith("app.py:1: SyntaxError: (unicode error) 'utf-8' codec")


def test_wrong_decorator_argument_becomes_a_fault(tmp_path: Path) -> None:
    application = load(tmp_path, APP.replace('"bartender"', '"bartender",\n    topic="x",\n'))
    assert application.faults == (
        Fault(
            location=Location(file="app.py", line=4),
            message="app.sns_topic_subscriber has no argument topic",
            remedy="Did you mean topic_name? Its arguments are topic_name, create, filter_policy, "
            "filter_policy_scope, function, name.",
        ),
    )
    settings = Settings(app_name="bar", stage="dev")
    assert [str(problem) for problem in validate(application, settings)] == [
        "app.py:4: app.sns_topic_subscriber has no argument topic\n"
        "    Did you mean topic_name? Its arguments are topic_name, create, filter_policy, "
        "filter_policy_scope, function, name."
    ]


def test_invalid_variable_name_is_rejected(tmp_path: Path) -> None:
    wrong = APP.replace("import Domovoi", "import Domovoi, variable").replace(
        '"bartender"', 'variable("A b")'
    )
    assert get_load_error(tmp_path, wrong) == (
        "app.py:4: ValueError: variable('A b'): use lower-case letters and digits, with single _ between, "
        "as in 'orders_topic_arn'\n"
        f"{FIX_CODE}"
    )


@pytest.mark.parametrize(
    ("name", "error"),
    [
        (
            'str(app.variable("topic", default="bartender"))',
            "app.py:4: variable('topic') has no value while the app is imported, even with a default: it can "
            "differ by stage\n"
            "Write str() of it in the handler, or in a function that it calls. Decorators take it without "
            "str().",
        ),
        (
            'str(scoped("beers"))',
            "app.py:4: scoped('beers') has no value while the app is imported: it can differ by stage\n"
            "Write str() of it in the handler, or in a function that it calls. Decorators take it without "
            "str().",
        ),
        (
            'variable("topic", default="bartender")',
            "app.py:4: variable has no argument default\n"
            'Declare the default with app.variable("...", default="..."), and pass the return value to the '
            "decorators.",
        ),
    ],
)
def test_names_that_terraform_supplies_have_no_value_at_import(tmp_path: Path, name: str, error: str) -> None:
    app = APP.replace("import Domovoi", "import Domovoi, scoped, variable").replace('"bartender"', name, 1)
    assert get_load_error(tmp_path, app) == error


def test_handlers_without_names_become_faults(tmp_path: Path) -> None:
    nameless = f"{APP}\nclass Tend:\n    def __call__(self, *_): ...\n"
    calls = [
        f"app.sns_topic_subscriber('{n}')({each})\n" for n, each in enumerate(["Tend()", "lambda *_: 1"])
    ]
    application = load(tmp_path, f"{nameless}\n{''.join(calls)}")
    remedy = "    Add name= to the decorator, or decorate a function that is defined with def."
    assert [str(problem) for problem in validate(application, Settings(app_name="bar", stage="dev"))] == [
        f"app.py:10: the handler Tend has no name\n{remedy}",
        f"app.py:11: the handler <lambda> has no name\n{remedy}",
    ]


def test_fault_names_other_lines_relative_to_the_project(tmp_path: Path) -> None:
    loop = (
        "for _ in range(2):\n    @app.scheduled_function('rate(1 day)')\n    def tend(event, context): ...\n"
    )
    application = load(tmp_path, f"from domovoi_tf import Domovoi\napp = Domovoi()\n{loop}")
    (fault,) = application.faults
    assert (str(fault.location), fault.message) == (
        "app.py:4",
        "tend is also the name of the handler at app.py:4, and both have the same source",
    )


def test_module_without_a_domovoi_object_is_rejected(tmp_path: Path) -> None:
    assert (
        get_load_error(tmp_path, "x = 1") == "app.py has no Domovoi object named app.\nWrite: app = Domovoi()"
    )


def test_domovoi_object_must_be_named_app(tmp_path: Path) -> None:
    assert get_load_error(tmp_path, APP.replace("app", "bar")) == (
        "app.py has no Domovoi object named app, but one named bar.\nWrite: app = Domovoi()"
    )


def test_two_domovoi_objects_are_rejected(tmp_path: Path) -> None:
    assert get_load_error(tmp_path, f"{APP}\nzebra = Domovoi()\n") == (
        "app.py has 2 Domovoi objects: app, zebra.\n"
        "Keep one and name it app. Put a second app into a project of its own."
    )


def test_one_domovoi_object_may_have_two_names(tmp_path: Path) -> None:
    assert load(tmp_path, f"{APP}\nbar = app\n").routes


def test_app_without_handlers_is_rejected(tmp_path: Path) -> None:
    assert get_load_error(tmp_path, "from domovoi_tf import Domovoi\napp = Domovoi()\n") == (
        "The app in app.py has no handlers.\n"
        'Decorate a function, for example with @app.scheduled_function("rate(5 minutes)"), or with '
        "@app.lambda_function() if it is invoked directly."
    )


def test_app_that_calls_sys_exit_is_rejected(tmp_path: Path) -> None:
    assert get_load_error(tmp_path, "import sys\nsys.exit(3)") == f"app.py:2: SystemExit: 3\n{FIX_CODE}"


@pytest.mark.parametrize("code", [0, 7])
def test_app_that_ends_the_process_is_rejected(tmp_path: Path, code: int) -> None:
    assert get_load_error(tmp_path, f"{APP}\nimport os\nos._exit({code})") == (
        f"app.py ended the process with exit code {code} while it was being imported.\n"
        "Move the code that does so into a handler."
    )


def test_app_whose_process_is_killed_is_rejected(tmp_path: Path) -> None:
    assert get_load_error(tmp_path, "import os, signal\nos.kill(os.getpid(), signal.SIGKILL)") == (
        "app.py ended the process with exit code -9 while it was being imported.\n"
        "Move the code that does so into a handler."
    )


@pytest.mark.parametrize(
    ("value", "shown"),
    [
        ("Glass.PINT", "an object of the class Glass"),
        ("Thing()", "an object of the class Thing"),
        ("Glass", "a class"),
        ("len", "a function"),
        ("datetime.date(2030, 1, 2)", "an object of the class date"),
    ],
)
def test_value_of_a_class_of_the_app_is_rejected(tmp_path: Path, value: str, shown: str) -> None:
    classes = (
        "import datetime, enum\n"
        "class Glass(str, enum.Enum):\n    PINT = 'pint'\n"
        "class Thing:\n    def __repr__(self): return 'Thing()'\n"
    )
    app = classes + APP.replace('"bartender"', f'"bartender", filter_policy={{"a": [{value}]}}')
    (fault,) = load(tmp_path, app).faults
    assert (str(fault.location), fault.message) == ("app.py:9", f"filter_policy['a'][0] is {shown}")
    hint = " Pass the member's value." * (value == "Glass.PINT")
    assert fault.remedy == (f"Use None, booleans, numbers, strings, lists and dicts with string keys.{hint}")


def test_debug_mode_prints_the_whole_traceback(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    get_load_error(tmp_path, "1 / 0")
    assert capfd.readouterr().err == ""
    monkeypatch.setenv("DOMOVOI_TF_DEBUG", "1")
    get_load_error(tmp_path, "1 / 0")
    err = capfd.readouterr().err
    assert err.startswith("Traceback (most recent call last):\n")
    assert err.endswith("ZeroDivisionError: division by zero\n")


def test_declared_variable_has_its_location(tmp_path: Path) -> None:
    (declared,) = load(tmp_path, f'{APP}app.variable("payment_key", sensitive=True)\n').variables
    assert (str(declared.location), declared.variable) == (
        f"app.py:{APP.count(chr(10)) + 1}",
        Variable(name="payment_key", sensitive=True),
    )


@pytest.mark.parametrize(
    ("given", "seen"),
    [
        ("http://me:hunter2@proxy:1", "http://proxy:1"),
        ("https://me:hunter2@proxy", "https://proxy"),
        ("http://me:p@ss:hunter2@proxy:1/", "http://proxy:1/"),
        ("me:hunter2@proxy:1", "proxy:1"),
        ("socks5h://hunter2@proxy:1", "socks5h://proxy:1"),
        ("http://proxy:1", "http://proxy:1"),
        ("proxy:1", "proxy:1"),
    ],
)
@pytest.mark.parametrize("name", ["HTTPS_PROXY", "http_proxy", "ALL_PROXY", "ftp_proxy"])
@pytest.mark.parametrize("with_credentials", [False, True])
def test_password_of_a_proxy_does_not_reach_the_app(
    given: str, seen: str, name: str, with_credentials: bool
) -> None:
    environment = build_app_environment({name: given}, {}, with_credentials)
    assert environment[name] == seen
    assert "hunter2" not in str(environment)


@pytest.mark.parametrize(
    "name",
    [
        *(
            "PIP_INDEX_URL",
            "UV_INDEX_PRIVATE_PASSWORD",
            "UV_INDEX_URL",
            "TF_TOKEN_app_terraform_io",
            "NPM_TOKEN",
        ),
        *(
            "TF_HTTP_PASSWORD",
            "PG_CONN_STR",
            "GH_TOKEN",
            "ARM_CLIENT_SECRET",
            "GOOGLE_CREDENTIALS",
            "KUBE_TOKEN",
        ),
    ],
)
def test_secrets_of_tools_do_not_reach_the_app(name: str) -> None:
    assert name not in build_app_environment({name: "hunter2"}, {})
    assert name not in build_app_environment({name: "hunter2"}, {}, with_credentials=True)
