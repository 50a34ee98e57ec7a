"""Function URLs: requests reach the handler of their function, and problems are reported."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from typing import Any

import pytest

from domovoi_tf import DispatchError, Domovoi
from domovoi_tf.errors import ValidationError
from domovoi_tf.model.event_request import SentPayload
from domovoi_tf.settings import Settings
from domovoi_tf.triggers.url import function_url
from domovoi_tf.validation.application import find_warnings, validate

SETTINGS = Settings(app_name="bar", stage="dev")
EVENT = json.loads((Path(__file__).parents[2] / "triggers" / "url" / "event.json").read_text())
SECRET = "4111-1111-1111-1111"


def build_app() -> Domovoi:
    app = Domovoi()

    @app.function_url()
    def answer(event: Any, context: Any) -> Any:
        return {"statusCode": 200, "body": event["body"]}

    return app


def test_handler_receives_the_request_and_returns_the_response() -> None:
    assert build_app()(EVENT, None) == {"statusCode": 200, "body": "Hello from client!"}


@pytest.mark.parametrize(
    "event",
    [
        {},
        {**EVENT, "version": "1.0"},
        {**EVENT, "version": None},
        {**EVENT, "requestContext": SECRET},
        {**EVENT, "requestContext": {"elb": {"targetGroupArn": SECRET}}},
        {**EVENT, "requestContext": {"http": SECRET}},
        {key: value for key, value in EVENT.items() if key != "requestContext"},
    ],
)
def test_error_about_another_event_does_not_show_its_payload(event: dict[str, Any]) -> None:
    with pytest.raises(DispatchError) as raised:
        build_app()(event, None)
    assert str(raised.value) == (
        "No handler for an event of an unknown kind.\nSources with a handler in this function: url request."
    )


def find_problems(source: str) -> str:
    """Runs source code as app.py and returns the report of its problems."""
    names: dict[str, Any] = {"app": Domovoi()}
    exec(compile(source, "app.py", "exec"), names)  # noqa: S102 - compiled for its line numbers
    return str(ValidationError(validate(names["app"].freeze(), SETTINGS)))


def url(arguments: str = "", name: str = "answer") -> str:
    return f"@app.function_url({arguments})\ndef {name}(event, context): ...\n"


def cors(name: str, value: object) -> str:
    return url(f"cors={{{name!r}: {value!r}}}")


FUNCTIONS = "app.function('a'); app.function('b')\n"


@pytest.mark.parametrize(
    "source",
    [
        url(),
        url("auth='NONE', invoke_mode='BUFFERED'"),
        cors("allow_credentials", False),
        cors("allow_headers", ["x" * 1024] * 100),
        cors("allow_methods", ("*", "DELETE", "GET", "HEAD", "PATCH", "POST")),
        cors("allow_origins", ["x" * 253] * 100),
        cors("expose_headers", []),
        cors("max_age", 86400),
        FUNCTIONS + url() + url("function='a'", "serve") + url("function='b'", "sort"),
        FUNCTIONS + "@app.function_url(function='a')\n" + url("function='b'"),
    ],
)
def test_valid_declarations_have_no_problems(source: str) -> None:
    assert find_problems(source) == ""


@pytest.mark.parametrize(
    ("source", "report"),
    [
        (
            url("auth=None"),
            'auth is None\n    Use "AWS_IAM", or "NONE" for a URL that everybody may call.',
        ),
        (
            url("auth='none'"),
            'auth is \'none\'\n    Use "AWS_IAM", or "NONE" for a URL that everybody may call.',
        ),
        (
            url("invoke_mode='STREAM'"),
            "invoke_mode is 'STREAM'\n    Use BUFFERED or RESPONSE_STREAM.",
        ),
        *(
            (
                url(f"cors={value!r}"),
                f"cors is {value!r}\n"
                '    Write cors={"allow_origins": ["https://example.com"]}, or leave it out.',
            )
            for value in (dict[str, Any](), True, "*")
        ),
        (
            url("cors=['*']"),
            'cors is a list\n    Write cors={"allow_origins": ["https://example.com"]}, or leave it out.',
        ),
        (
            cors("allow_origin", ["*"]),
            "cors has the unknown setting 'allow_origin'\n    Did you mean 'allow_origins'?",
        ),
        (
            cors("AllowOrigins", ["*"]),
            "cors has the unknown setting 'AllowOrigins'\n    Did you mean 'allow_origins'?",
        ),
        (
            cors("maxAge", 1),
            "cors has the unknown setting 'maxAge'\n    Did you mean 'max_age'?",
        ),
        (cors("allow_credentials", 1), "cors: allow_credentials is 1\n    Use True or False."),
        (
            cors("max_age", 86401),
            "cors: max_age is 86401\n    Use a whole number of seconds from 0 to 86400.",
        ),
        (cors("max_age", True), "cors: max_age is True\n    Use a whole number of seconds from 0 to 86400."),
        (cors("allow_origins", "*"), "cors: allow_origins is '*', not a list\n    Write ['*']."),
        (
            cors("allow_origins", ["x"] * 101),
            "cors: allow_origins has 101 items\n    Lambda accepts at most 100.",
        ),
        (
            cors("allow_origins", ["x" * 254]),
            "cors: allow_origins has a string of 254 characters\n    Lambda accepts at most 253.",
        ),
        (
            cors("allow_headers", ["x" * 1025]),
            "cors: allow_headers has a string of 1025 characters\n    Lambda accepts at most 1024.",
        ),
        (
            cors("expose_headers", [""]),
            "cors: expose_headers has ''\n    Use strings that are not empty.",
        ),
        (cors("expose_headers", [5]), "cors: expose_headers has 5\n    Use strings that are not empty."),
        (
            cors("allow_methods", ["OPTIONS"]),
            "cors: allow_methods has 'OPTIONS'\n    Use *, DELETE, GET, HEAD, PATCH, POST or PUT.",
        ),
        (
            cors("allow_methods", ["GET"] * 7),
            "cors: allow_methods has 7 items\n    Lambda accepts at most 6.",
        ),
    ],
)
def test_report_names_each_problem_and_its_remedy(source: str, report: str) -> None:
    assert find_problems(source) == f"app.py:1: {report}"


def test_function_has_only_one_url() -> None:
    source = (
        FUNCTIONS + url() + url("auth='NONE'", "serve") + url("function='a'", "a") + url("function='a'", "b")
    )
    remedy = (
        "Keep one handler and call the other from it, or give each its own Lambda function with function=."
    )
    assert find_problems(source) == (
        f"app.py:4: serve and answer (app.py:2) both handle url of the default function\n    {remedy}\n"
        f"app.py:8: b and a (app.py:6) both handle url of the function 'a'\n    {remedy}"
    )


def test_arguments_are_keyword_only() -> None:
    assert find_problems(url("'NONE'")) == (
        "app.py:1: app.function_url takes 0 positional arguments, but got 1\n"
        "    Name the others. Its arguments are auth, cors, invoke_mode, function, name."
    )


def test_response_streaming_is_a_warning() -> None:
    names: dict[str, Any] = {"app": Domovoi()}
    exec(compile(url() + url("invoke_mode='RESPONSE_STREAM'", "stream"), "app.py", "exec"), names)  # noqa: S102
    assert [
        (str(notice.location), notice.message) for notice in find_warnings(names["app"].freeze(), SETTINGS)
    ] == [
        (
            "app.py:3",
            "Lambda's Python runtime does not support response streaming: "
            "with invoke_mode RESPONSE_STREAM the response is still sent at once",
        )
    ]


def test_description_says_who_may_call_the_url() -> None:
    assert function_url().describe() == "HTTP requests signed for IAM"
    assert function_url(auth="NONE").describe() == "public HTTP requests"


class Server(HTTPServer):
    """An HTTP server that responds with the request, with a status of the test's choice."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Echo)
        self.status = 201


class Echo(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        headers = {
            name: self.headers[name]
            for name in ("Host", "Content-Type", "Authorization")
            if name in self.headers
        }
        response = json.dumps([self.path, headers, body]).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(response)))
        self.end_headers()
        self.wfile.write(response)

    def log_message(self, *_: object) -> None:
        """Keeps the requests out of the output of the tests."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Functions:
    """A boto3 client of Lambda that returns the URL of a function, with the server as its endpoint."""

    def __init__(self, server: Server) -> None:
        self.meta = self
        self.endpoint_url = f"http://127.0.0.1:{server.server_port}"

    def __call__(self, service: str) -> Functions:
        assert service == "lambda"
        return self

    def get_function_url_config(self, **arguments: str) -> dict[str, str]:
        return {"FunctionUrl": f"https://{arguments['FunctionName']}.lambda-url.eu-west-1.on.aws/"}


@pytest.mark.parametrize("status", [201, 404, 500])
@pytest.mark.parametrize("auth", ["AWS_IAM", "NONE"])
def test_send_posts_to_the_url_and_reports_the_response(
    auth: str, status: int, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    server.status = status
    deployed = {"AWS_LAMBDA_FUNCTION_NAME": "bar-dev"}
    payload = SentPayload(text_in_json='{"beer": "ü"}')
    done = function_url(auth=auth).send(Functions(server), deployed, "answer", payload)
    target, _, response = done.partition(f" {status} ")
    path = "/_aws/lambda-url/bar-dev/"
    assert target == f"posted to http://127.0.0.1:{server.server_port}{path}:"
    *request, headers, body = json.loads(response)
    assert (request, body) == ([path], '{"beer": "ü"}')
    assert headers["Content-Type"] == "application/json"
    assert headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 ") == (auth == "AWS_IAM")


AWS = "https://lambda.eu-west-1.amazonaws.com"
URL = "https://bar-dev.lambda-url.eu-west-1.on.aws/"


@pytest.mark.parametrize(
    ("auth", "endpoint", "url", "note"),
    [
        ("NONE", AWS, URL, ""),
        ("NONE", "http://127.0.0.1:4566", "http://127.0.0.1:4566/_aws/lambda-url/bar-dev/", ""),
        (
            "AWS_IAM",
            AWS,
            URL,
            "Requests must be signed, which a browser does not do: curl --aws-sigv4 aws:amz:eu-west-1:lambda "
            '--user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" '
            f'-H "X-Amz-Security-Token: $AWS_SESSION_TOKEN" {URL}',
        ),
        (
            "AWS_IAM",
            "http://127.0.0.1:4566/",
            "http://127.0.0.1:4566/_aws/lambda-url/bar-dev/",
            "Requests must be signed, which a browser does not do: curl --aws-sigv4 aws:amz:us-east-1:lambda "
            "--user test:test http://127.0.0.1:4566/_aws/lambda-url/bar-dev/",
        ),
    ],
)
def test_page_is_the_url_that_a_browser_or_curl_reaches(
    auth: str, endpoint: str, url: str, note: str, server: Server
) -> None:
    functions = Functions(server)
    functions.endpoint_url = endpoint
    found = function_url(auth=auth).find_page(functions, {"AWS_LAMBDA_FUNCTION_NAME": "bar-dev"})
    assert found == (url, note)
