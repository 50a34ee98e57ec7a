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
        "Move the breakpoint into a handler, and run domovoi-tf invoke HANDLER --local. With "
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
        '.chalice/config.json: "environment_variables": {"TABLE": "..."}. Or read it in the handler.'
    )
    loader.load(tmp_path, {"TABLE": "beers"})


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
