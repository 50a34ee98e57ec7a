"""`open` prints links to the deployed resources."""

from __future__ import annotations

import json
from datetime import datetime, timedelta, timezone
from pathlib import Path
from typing import Any

import pytest
from click.testing import CliRunner
from fake_aws import FakeAws

from domovoi_tf.cli.operations.open import open_console

APP = """from domovoi_tf import Domovoi

app = Domovoi()


@app.sns_topic_subscriber("orders")
def tend(event, context): ...
"""


@pytest.fixture(autouse=True)
def deployed_function(project: Path, aws: FakeAws) -> None:
    def get_configuration(FunctionName: str) -> Any:
        return {"FunctionArn": f"arn:aws:lambda:eu-west-1:123456789012:function:{FunctionName}"}

    aws.on("lambda", "GetFunctionConfiguration", get_configuration)


def test_links_are_a_table_or_json() -> None:
    document = json.loads(CliRunner().invoke(open_console, ["--json"]).stdout)
    assert [(each["what"], each["name"]) for each in document] == [
        ("function", "bar-dev"),
        ("logs", "/aws/lambda/bar-dev"),
        ("topic", "orders"),
    ]
    lines = CliRunner().invoke(open_console, []).stdout.splitlines()
    assert [line.split() for line in lines] == [
        [each["what"], each["name"], each["url"]] for each in document
    ]


def test_requests_have_the_identity_of_the_provider(project: Path, aws: FakeAws) -> None:
    keys = {"AccessKeyId": "ASIAIOSFODNN7EXAMPLE", "SecretAccessKey": "s", "SessionToken": "t"}
    expiration = datetime.now(timezone.utc) + timedelta(hours=1)
    aws.on("sts", "AssumeRole", {"Credentials": {**keys, "Expiration": expiration}})
    role = {"role_arn": "arn:aws:iam::123456789012:role/deployer"}
    config = {"app_name": "bar", "terraform": {"provider": {"assume_role": role, "region": "eu-north-1"}}}
    (project / ".chalice" / "config.json").write_text(json.dumps(config))
    assert CliRunner().invoke(open_console, []).exit_code == 0
    assert aws.made("AssumeRole") == [{"RoleArn": role["role_arn"], "RoleSessionName": "domovoi-tf"}]
    assert [(client[1], client[3]) for client in aws.clients if client[0] == "lambda"] == [
        ("eu-north-1", "ASIAIOSFODNN7EXAMPLE")
    ]


URLS = """from domovoi_tf import Domovoi

app = Domovoi()


@app.function_url(auth="NONE")
def serve(event, context): ...


@app.function_url(function=app.function("inner"))
def answer(event, context): ...


@app.sns_topic_subscriber("orders")
def tend(event, context): ...
"""


@pytest.fixture
def urls(project: Path, aws: FakeAws) -> None:
    (project / "app.py").write_text(URLS)
    url = "https://abc.lambda-url.eu-west-1.on.aws/"
    aws.on("lambda", "GetFunctionUrlConfig", {"FunctionUrl": url})


@pytest.mark.usefixtures("urls")
def test_url_of_a_handler_is_printed_alone() -> None:
    done = CliRunner().invoke(open_console, ["serve"])
    assert (done.stdout, done.stderr) == ("https://abc.lambda-url.eu-west-1.on.aws/\n", "")
    done = CliRunner().invoke(open_console, ["serve", "--json"])
    link = {"what": "handler", "name": "serve", "url": "https://abc.lambda-url.eu-west-1.on.aws/"}
    assert json.loads(done.stdout) == [link]


@pytest.mark.usefixtures("urls")
def test_url_for_signed_requests_comes_with_a_command(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    done = CliRunner().invoke(open_console, ["answer"])
    url = "http://127.0.0.1:4566/_aws/lambda-url/abc/"
    assert (done.stdout, done.stderr) == (
        f"{url}\n",
        "Requests must be signed, which a browser does not do: curl --aws-sigv4 aws:amz:us-east-1:lambda "
        f"--user test:test {url}\n",
    )


@pytest.mark.usefixtures("urls")
def test_handler_without_a_url_is_an_error(monkeypatch: pytest.MonkeyPatch) -> None:
    done = CliRunner().invoke(open_console, ["tend"])
    assert str(done.exception) == (
        "tend has no URL: its events come from SNS topic orders.\n"
        "Send it an event with `domovoi-tf invoke tend`."
    )
    monkeypatch.setenv("AWS_ENDPOINT_URL", "http://127.0.0.1:4566")
    done = CliRunner().invoke(open_console, ["tend"])
    assert str(done.exception).endswith("Send it an event with `domovoi-tf local send tend`.")
    assert str(CliRunner().invoke(open_console, ["serv"]).exception).startswith("There is no handler 'serv'.")
