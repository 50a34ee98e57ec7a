"""Errors of an app that is imported name the cause and what to do about it."""

from __future__ import annotations

from pathlib import Path

import pytest

from domovoi_tf.errors import AppLoadError
from domovoi_tf.loading import loader
from domovoi_tf.loading.environment import build_app_environment

APP = """
import domovoi_tf

app = domovoi_tf.Domovoi()


@app.sns_topic_subscriber("orders")
def order(event, context): ...
"""
WITHHELD = (
    "domovoi-tf withholds AWS credentials while it imports the app, so that the Terraform does not depend on "
    "an account. Call AWS in the handler, or in a function that it calls.\n"
    "Or import the app with the credentials of your shell: --with-credentials, or "
    "DOMOVOI_TF_WITH_CREDENTIALS=1."
)


def fail(folder: Path, text: str, with_credentials: bool = False) -> str:
    (folder / "app.py").write_text(text + APP)
    with pytest.raises(AppLoadError) as raised:
        loader.load(folder, with_credentials=with_credentials)
    return str(raised.value)


def test_breakpoint_outside_of_a_handler_is_named(tmp_path: Path) -> None:
    _, _, message = fail(tmp_path, "breakpoint()\n").partition(": ")  # Python 3.13 stops at another line
    assert message == (
        "a breakpoint needs a terminal, and the app is imported without one\n"
        "Move the breakpoint into a handler, and call that with `invoke HANDLER --local`. With "
        "PYTHONBREAKPOINT=0 the app is imported as if it had none."
    )


@pytest.mark.parametrize(
    "text",
    [
        "import os\nTABLE = os.environ['TABLE']\n",
        "import os\nTABLE = os.environb[b'TABLE']\n",
        "import os\nTABLE = os.environ.pop('TABLE')\n",
        "import os\ntry: {}['other']\nexcept KeyError: os.environ['TABLE']\n",
    ],
)
def test_missing_environment_variable_is_named_with_its_key(tmp_path: Path, text: str) -> None:
    line = text.count("\n")
    assert fail(tmp_path, text) == (
        f"app.py:{line}: the environment variable TABLE is not set\n"
        "The app is imported with the stage's variables, and not with those of the shell. Set it in "
        ".chalice/config.json, for all stages or below one of them: "
        '"environment_variables": {"TABLE": "..."}. Or read it in the handler.\n'
        'If Terraform has the value, such as the name of a table, declare app.variable("table").'
    )
    loader.load(tmp_path, {"TABLE": "beers"})


def test_variables_that_the_module_reads_too_are_named_with_the_first_one(tmp_path: Path) -> None:
    text = (
        "import os\nfrom os import environ\n"
        "def beer(name=environ['NAME']): return os.environ['IN_A_FUNCTION']\n"
        "CALL = lambda: os.environ['IN_A_LAMBDA']\n"
        "os.environ['WRITTEN'] = ''\n"
        "class Bar:\n    table = {'a': [os.environ['TABLE']]}\n"
        "print(os.environ['SET'], os.environ['API_KEY'])\n"
    )
    (tmp_path / "app.py").write_text(text)
    with pytest.raises(AppLoadError) as raised:
        loader.load(tmp_path, {"SET": "1"})
    assert raised.value.message == "app.py:3: the environment variables NAME and TABLE are not set"
    assert '"environment_variables": {"NAME": "...", "TABLE": "..."}. Or read them' in raised.value.remedy


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        ("import os\nN = int(os.getenv('BEERS'))\n", ", because the environment variable BEERS is not set"),
        (
            "import os\nN = os.environ.get( 'BEERS' ).split(',')\n",
            ", because the environment variable BEERS is not set",
        ),
        ("import os\nN = os.getenv('HOME').none + None\n", ""),
        ("import os\nN = os.getenv('BEERS', 1) + None\n", ""),
    ],
)
def test_value_that_is_none_is_explained_by_the_variable(tmp_path: Path, text: str, reason: str) -> None:
    message = fail(tmp_path, text).splitlines()[0]
    assert message.endswith(reason or "'") or not reason
    assert ("because" in message) is bool(reason)


def test_frames_of_an_environment_in_the_project_are_not_its_own(tmp_path: Path) -> None:
    package = tmp_path / ".venv" / "lib" / "site-packages"
    package.mkdir(parents=True)
    (package / "brewery.py").write_text("def brew():\n    raise ValueError('no hops')\n")
    text = f"import sys\nsys.path.append({str(package)!r})\nimport brewery\nbrewery.brew()\n"
    assert fail(tmp_path, text).startswith("app.py:4: ValueError: no hops\n")


def test_traceback_begins_in_the_app(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capfd: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("DOMOVOI_TF_DEBUG", "1")
    (tmp_path / "beer.py").write_text("try:\n    1 / 0\nexcept ZeroDivisionError:\n    raise ValueError\n")
    fail(tmp_path, "import beer\n")
    lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith("  File")]
    assert lines == [
        f'  File "{tmp_path}/beer.py", line 2, in <module>',
        f'  File "{tmp_path}/app.py", line 1, in <module>',
        f'  File "{tmp_path}/beer.py", line 4, in <module>',
    ]
    (tmp_path / "beer.py").write_text("def (\n")
    fail(tmp_path, "import beer\n")
    lines = [line for line in capfd.readouterr().err.splitlines() if line.startswith("  File")]
    assert lines == [
        f'  File "{tmp_path}/app.py", line 1, in <module>',
        f'  File "{tmp_path}/beer.py", line 1',
    ]


def test_chalice_may_be_a_dependency(tmp_path: Path) -> None:
    text = "from chalice import Rate\n"
    assert fail(tmp_path, text).startswith(
        "app.py:1: there is no module chalice\nWrite from domovoi_tf import"
    )
    (tmp_path / "requirements.txt").write_text("Chalice>1\n")
    assert fail(tmp_path, text).startswith("app.py:1: the module chalice is not installed for ")


@pytest.mark.parametrize(
    ("app", "error"),
    [
        (
            "class Chalice: pass\napp = Chalice()\n",
            "app in app.py is an object of the class app.Chalice, not of domovoi_tf.Domovoi.\n"
            "Write from domovoi_tf import Domovoi, and app = Domovoi()",
        ),
        (
            "from domovoi_tf import Domovoi as app\n",
            "app in app.py is the class Domovoi, not an object of it.\nWrite parentheses: app = Domovoi()",
        ),
        ("import json as app\n", "app.py has no Domovoi object named app.\nWrite: app = Domovoi()"),
    ],
)
def test_app_of_another_class_is_explained(tmp_path: Path, app: str, error: str) -> None:
    (tmp_path / "app.py").write_text(app)
    with pytest.raises(AppLoadError) as raised:
        loader.load(tmp_path)
    assert str(raised.value) == error


@pytest.mark.parametrize("name", ["AWS_LAMBDA_FUNCTION_NAME", "LAMBDA_TASK_ROOT", "AWS_EXECUTION_ENV"])
def test_variable_that_only_lambda_sets_is_read_in_the_handler(tmp_path: Path, name: str) -> None:
    assert fail(tmp_path, f"import os\nNAME = os.environ['{name}']\n") == (
        f"app.py:2: the environment variable {name} is not set\n"
        f'It is set only in Lambda. Read it in the handler, or with os.environ.get("{name}").'
    )


@pytest.mark.parametrize("name", ["AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE"])
def test_variable_with_credentials_is_explained_by_those_that_are_withheld(tmp_path: Path, name: str) -> None:
    assert fail(tmp_path, f"import os\nKEY = os.environ['{name}']\n") == (
        f"app.py:2: the environment variable {name} is not set\n{WITHHELD}"
    )


@pytest.mark.parametrize("name", ["DB_PASSWORD", "API_TOKEN", "CLIENT_SECRET", "STRIPE_API_KEY"])
def test_secret_variable_is_not_suggested_for_the_configuration(tmp_path: Path, name: str) -> None:
    assert fail(tmp_path, f"import os\nKEY = os.environ['{name}']\n") == (
        f"app.py:2: the environment variable {name} is not set\n"
        "The app is imported with the stage's variables, and not with those of the shell. If it is secret, "
        f'declare it with app.variable("{name.lower()}", sensitive=True), and write str() of the result in '
        "the handler. Or read it from Secrets Manager there."
    )


def test_key_of_another_dictionary_is_no_environment_variable(tmp_path: Path) -> None:
    assert fail(tmp_path, "TABLE = {}['TABLE']\n") == (
        "app.py:1: KeyError: 'TABLE'\nCorrect the code there. --debug shows the whole traceback."
    )


STS = "boto3.client('sts').get_caller_identity()\n"


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (f"import boto3\n{STS}", "app.py:2: NoCredentialsError: Unable to locate credentials"),
        (
            "import boto3\nboto3.Session(profile_name='mine')\n",
            "app.py:2: ProfileNotFound: The config profile (mine) could not be found",
        ),
        (
            f"import boto3\ntry: {STS}except Exception as error:\n"
            "    raise RuntimeError('no account') from error\n",
            "app.py:4: RuntimeError: no account",
        ),
        (
            f"import boto3\ntry: {STS}except Exception:\n    raise RuntimeError('no account')\n",
            "app.py:4: RuntimeError: no account",
        ),
    ],
)
def test_call_of_aws_is_explained_by_the_credentials_that_are_withheld(
    tmp_path: Path, text: str, message: str
) -> None:
    assert fail(tmp_path, text) == f"{message}\n{WITHHELD}"


def test_missing_credentials_of_the_shell_are_explained(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("AWS_EC2_METADATA_DISABLED", "true")
    names = ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_PROFILE", "AWS_SHARED_CREDENTIALS_FILE")
    for name in names:
        monkeypatch.delenv(name, raising=False)
    assert fail(tmp_path, f"import boto3\n{STS}", with_credentials=True) == (
        "app.py:2: NoCredentialsError: Unable to locate credentials\n"
        "The app was imported with the credentials of your shell. `aws sts get-caller-identity` shows "
        "whether they are valid."
    )


def test_app_finds_the_credentials_of_the_shell_if_it_asks_for_them(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    config = tmp_path / "config"
    config.write_text(
        "[profile mine]\naws_access_key_id = a\naws_secret_access_key = b\nregion = eu-west-1\n"
    )
    monkeypatch.setenv("AWS_CONFIG_FILE", str(config))
    monkeypatch.setenv("AWS_PROFILE", "mine")
    for name in ("AWS_ACCESS_KEY_ID", "AWS_SECRET_ACCESS_KEY", "AWS_REGION", "AWS_DEFAULT_REGION"):
        monkeypatch.delenv(name, raising=False)
    text = (
        "import boto3\nsession = boto3.Session()\n"
        "assert (session.get_credentials().access_key, session.region_name) == ('a', 'eu-west-1')\n"
    )
    (tmp_path / "app.py").write_text(text + APP)
    loader.load(tmp_path, with_credentials=True)
    with pytest.raises(AppLoadError):
        loader.load(tmp_path)


def test_environment_with_credentials_has_the_settings_of_the_sdks_and_no_other_secrets() -> None:
    shell = {
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_LAMBDA_FUNCTION_NAME": "x",
        "AWS_CONFIG_FILE": "/nowhere",
        "AWS_REGION": "eu-west-1",
        "GITHUB_TOKEN": "secret",
    }
    stage = {"AWS_REGION": "eu-north-1", "AWS_ACCESS_KEY_ID": "of the stage"}
    assert build_app_environment(shell, stage, with_credentials=True) == {
        "AWS_ACCESS_KEY_ID": "a",
        "AWS_ENDPOINT_URL": "http://127.0.0.1:1",
        "AWS_CONFIG_FILE": "/nowhere",
        "AWS_DEFAULT_REGION": "us-east-1",
        "AWS_REGION": "eu-north-1",
        "_DOMOVOI_TF_WITH_CREDENTIALS": "1",
    }


@pytest.mark.parametrize("name", ["app.py", "app/__init__.py"])
def test_app_sees_arguments_of_its_own(tmp_path: Path, name: str) -> None:
    path = tmp_path / name
    path.parent.mkdir(exist_ok=True)
    path.write_text(
        "import argparse, sys\nassert sys.argv == [__file__], sys.argv\n"
        "argparse.ArgumentParser().parse_args()\n" + APP
    )
    loader.load(tmp_path)


@pytest.mark.parametrize(
    ("text", "message"),
    [
        (
            "\n\napp.state_machine.start_execution(malt=5)\n",
            "app.py:11: The app has no state machine 'default'.\n"
            "Declare one: app.register_state_machine(...).",
        ),
        (
            "machine = app.register_state_machine({'StartAt': 'A', 'States': {'A': {'Type': 'Succeed'}}})\n"
            "machine.start_execution(malt=5)\n",
            "app.py:10: The ARN of the state machine default is known only inside a deployed handler.\n"
            "Start executions while a handler runs: its context has the ARN that this one derives from.",
        ),
    ],
)
def test_own_error_has_the_line_of_the_app(tmp_path: Path, text: str, message: str) -> None:
    (tmp_path / "app.py").write_text(f"{APP}{text}")
    with pytest.raises(AppLoadError) as raised:
        loader.load(tmp_path)
    assert str(raised.value) == message


def test_own_error_of_the_whole_app_has_no_line(tmp_path: Path) -> None:
    (tmp_path / "app.py").write_text("import domovoi_tf\nbeers = domovoi_tf.Domovoi()\n")
    with pytest.raises(AppLoadError) as raised:
        loader.load(tmp_path)
    assert str(raised.value) == (
        "app.py has no Domovoi object named app, but one named beers.\nWrite: app = Domovoi()"
    )
