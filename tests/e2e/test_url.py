"""Tests HTTP requests to function URLs."""

from __future__ import annotations

import json
import shlex
import shutil
import subprocess
from contextlib import closing
from http.client import HTTPConnection
from pathlib import Path
from typing import Any, NamedTuple
from urllib.parse import urlsplit

import pytest
from botocore.auth import SigV4Auth
from botocore.awsrequest import AWSRequest
from botocore.credentials import Credentials
from botocore.exceptions import ClientError

from domovoi_tf.local import emulator_environment
from domovoi_tf.triggers._http.function_addresses import make_reachable

from .conftest import CommandLine, write_project

pytestmark = pytest.mark.emulator

MAIN, OPEN = "kiosk-dev", "kiosk-dev-open"
APP = """\
import json
import domovoi_tf
app = domovoi_tf.Domovoi()
app.function("open")

@app.function_url()
def answer(event, context):
    return {"handler": "answer", "function": context.function_name, "event": event}

@app.function_url(auth="NONE", cors={"allow_origins": ["https://example.com"]}, function="open")
def serve(event, context):
    body = json.dumps({"handler": "serve", "function": context.function_name, "event": event})
    status = 404 if event["rawPath"] == "/nothing" else 201
    return {"statusCode": status, "headers": {"Content-Type": "text/beer"}, "body": body}
"""


class Answer(NamedTuple):
    """An HTTP response with a parsed JSON body."""

    status: int
    headers: dict[str, str]
    body: Any


def deploy(project: Path, command_line: CommandLine, app: str) -> str:
    """Deploys an app and returns the output."""
    write_project(project, {"app_name": "kiosk"}, app)
    done = command_line("local", "deploy", cwd=project)
    assert done.code == 0, done
    return done.out


@pytest.fixture(scope="module")
def kiosk(tmp_path_factory: pytest.TempPathFactory, command_line: CommandLine) -> Path:
    """The project, deployed."""
    project = tmp_path_factory.mktemp("url") / "kiosk"
    deploy(project, command_line, APP)
    return project


@pytest.fixture
def functions(emulator: emulator_environment.Emulator) -> Any:
    return emulator_environment.create_client(emulator, "lambda")


def call(functions: Any, function: str, path: str = "", signed: bool = False, **headers: str) -> Answer:
    """Posts to the URL of a function. The emulator finds the function by the Host header."""
    url = functions.get_function_url_config(FunctionName=function)["FunctionUrl"]
    headers = {"Host": url.split("/")[2], "Content-Type": "application/json", **headers}
    request = AWSRequest("POST", f"{functions.meta.endpoint_url}/{path}", headers, b'{"beer": 1}')
    if signed:
        SigV4Auth(Credentials("test", "test"), "lambda", "us-east-1").add_auth(request)
    with closing(HTTPConnection(functions.meta.endpoint_url.split("/")[2])) as connection:
        connection.request("POST", f"/{path}", request.data, dict(request.headers))
        answer = connection.getresponse()
        return Answer(answer.status, dict(answer.getheaders()), json.loads(answer.read()))


def read_statements(functions: Any, function: str) -> list[dict[str, Any]]:
    """Returns the statements of a function's resource-based policy."""
    try:
        policy = functions.get_policy(FunctionName=function)["Policy"]
    except ClientError as error:
        assert error.response["Error"]["Code"] == "ResourceNotFoundException"
        return []
    statements: list[dict[str, Any]] = json.loads(policy)["Statement"]
    return statements


def test_signed_request_gets_the_result_of_the_handler(kiosk: Path, functions: Any) -> None:
    answer = call(functions, MAIN, "menu?beer=1&beer=2", signed=True)
    assert (answer.status, answer.body["handler"], answer.body["function"]) == (200, "answer", MAIN)
    event = answer.body["event"]
    assert (event["version"], event["rawPath"], event["body"]) == ("2.0", "/menu", '{"beer": 1}')
    assert event["requestContext"]["http"]["method"] == "POST"


def test_unsigned_request_is_accepted_only_by_the_public_url(kiosk: Path, functions: Any) -> None:
    assert call(functions, MAIN).status == 403
    answer = call(functions, OPEN)
    assert (answer.status, answer.headers["Content-Type"]) == (201, "text/beer")
    assert (answer.body["handler"], answer.body["function"]) == ("serve", OPEN)
    assert call(functions, OPEN, "nothing").status == 404


def test_response_allows_the_origins_of_cors(kiosk: Path, functions: Any) -> None:
    """At the path that is printed: pages of other origins cannot use the host name at the emulator."""
    url = functions.get_function_url_config(FunctionName=OPEN)["FunctionUrl"]
    path = make_reachable(url, functions.meta.endpoint_url).partition("//")[2].partition("/")[2]
    host = functions.meta.endpoint_url.split("/")[2]
    headers = call(functions, OPEN, path, Host=host, Origin="https://example.com").headers
    assert {name.lower(): value for name, value in headers.items()}["access-control-allow-origin"] == (
        "https://example.com"
    )


def test_policy_allows_only_calls_of_the_public_url(kiosk: Path, functions: Any) -> None:
    assert read_statements(functions, MAIN) == []
    assert read_statements(functions, OPEN) == [
        {
            "Sid": "FunctionURLAllowPublicAccess",
            "Effect": "Allow",
            "Principal": "*",
            "Action": "lambda:InvokeFunctionUrl",
            "Resource": f"arn:aws:lambda:us-east-1:000000000000:function:{OPEN}",
            "Condition": {"StringEquals": {"lambda:FunctionUrlAuthType": "NONE"}},
        }
    ]


@pytest.mark.parametrize(("handler", "function", "status"), [("answer", MAIN, 200), ("serve", OPEN, 201)])
def test_send_posts_the_payload_and_prints_the_response(
    handler: str, function: str, status: int, kiosk: Path, command_line: CommandLine, functions: Any
) -> None:
    payload = '{"text": "${x} \\"q\\" 🍺"}'
    url = command_line("open", handler, cwd=kiosk).out.strip()
    sent = command_line("local", "send", handler, payload, cwd=kiosk)
    prefix, _, answer = sent.out.partition(f" {status} ")
    assert (sent.code, prefix, sent.err) == (0, f"posted to {url}:", "")
    body = json.loads(answer)
    assert (body["handler"], body["function"], body["event"]["body"]) == (handler, function, payload)


def test_url_that_open_prints_answers_requests(kiosk: Path, command_line: CommandLine) -> None:
    url = command_line("open", "serve", cwd=kiosk).out.strip()
    with closing(HTTPConnection(urlsplit(url).netloc)) as connection:
        connection.request("GET", f"{urlsplit(url).path}menu?beer=1")
        answer = connection.getresponse()
        assert (answer.status, json.loads(answer.read())["event"]["rawPath"]) == (201, "/menu")
    assert url.startswith("http://127.0.0.1:")


def test_command_that_open_prints_signs_the_request(kiosk: Path, command_line: CommandLine) -> None:
    done = command_line("open", "answer", cwd=kiosk)
    url = done.out.strip()
    with closing(HTTPConnection(urlsplit(url).netloc)) as connection:
        connection.request("GET", urlsplit(url).path)
        assert connection.getresponse().status == 403
    note, _, command = done.err.strip().partition(": ")
    assert note == "Requests must be signed, which a browser does not do"
    assert command.endswith(f" --user test:test {url}")
    if shutil.which("curl"):
        got = subprocess.run(shlex.split(command), capture_output=True, text=True, check=True).stdout
        assert json.loads(got)["handler"] == "answer"


def test_second_deployment_changes_nothing_and_iam_closes_the_public_url(
    kiosk: Path, command_line: CommandLine, functions: Any, emulator: emulator_environment.Emulator
) -> None:
    assert "nothing to change" in deploy(kiosk, command_line, APP)
    address = functions.get_function_url_config(FunctionName=OPEN)["FunctionUrl"]
    deploy(kiosk, command_line, APP.replace('"NONE"', '"AWS_IAM"'))
    assert functions.get_function_url_config(FunctionName=OPEN)["FunctionUrl"] == address
    assert (call(functions, OPEN).status, read_statements(functions, OPEN)) == (403, [])
    data = {"TF_DATA_DIR": str(emulator.log.parent / "kiosk-dev.terraform")}
    outputs = json.loads(command_line("output", "--", "-json", "function_urls", cwd=kiosk, **data).out)
    assert outputs.keys() == {"answer", "serve"}
    assert outputs["serve"] == address
    done = command_line("destroy", "--", "-auto-approve", cwd=kiosk, **data)
    assert done.code == 0, done
    left = {each["FunctionName"] for each in functions.list_functions()["Functions"]}
    assert not left & {MAIN, OPEN}
