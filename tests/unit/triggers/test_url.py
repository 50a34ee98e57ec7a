"""HTTP requests reach the handler of their function; what is wrong with a URL is said."""

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
from domovoi_tf.settings import Settings
from domovoi_tf.triggers.url import function_url
from domovoi_tf.validation.application import validate, warnings

SETTINGS = Settings(app_name="bar", stage="dev")
EVENT = json.loads((Path(__file__).parents[2] / "triggers" / "url" / "event.json").read_text())
SECRET = "4111-1111-1111-1111"


def answering() -> Domovoi:
    app = Domovoi()

    @app.function_url()
    def answer(event: Any, context: Any) -> Any:
        return {"statusCode": 200, "body": event["body"]}

    return app


def test_the_handler_gets_the_request_and_its_result_comes_back() -> None:
    assert answering()(EVENT, None) == {"statusCode": 200, "body": "Hello from client!"}


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
def test_what_is_no_request_is_refused_without_its_payload(event: dict[str, Any]) -> None:
    with pytest.raises(DispatchError) as raised:
        answering()(event, None)
    assert str(raised.value) == (
        "No handler for an event of an unknown kind.\nSources with a handler in this function: url request."
    )


def said(source: str) -> str:
    """Runs a source as app.py, whose first line is the source's, and returns the report."""
    names: dict[str, Any] = {"app": Domovoi()}
    exec(compile(source, "app.py", "exec"), names)  # noqa: S102 - our own text, with line numbers of its own
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
def test_nothing_is_wrong(source: str) -> None:
    assert said(source) == ""


@pytest.mark.parametrize(
    ("source", "report"),
    [
        (
            url("auth=None"),
            'auth is None\n    Write "AWS_IAM", or "NONE" for a URL that everybody may call.',
        ),
        (
            url("auth='none'"),
            'auth is \'none\'\n    Write "AWS_IAM", or "NONE" for a URL that everybody may call.',
        ),
        (
            url("invoke_mode='STREAM'"),
            "invoke_mode is 'STREAM'\n    Lambda takes BUFFERED or RESPONSE_STREAM.",
        ),
        *(
            (
                url(f"cors={value!r}"),
                f"cors is {value!r}\n"
                '    Write cors={"allow_origins": ["https://example.com"]}, or leave it out.',
            )
            for value in (dict[str, Any](), True, "*", ["*"])
        ),
        (
            cors("allow_origin", ["*"]),
            "cors has no 'allow_origin'\n    The nearest that Lambda has is 'allow_origins'.",
        ),
        (
            cors("AllowOrigins", ["*"]),
            "cors has no 'AllowOrigins'\n    The nearest that Lambda has is 'allow_origins'.",
        ),
        (
            cors("maxAge", 1),
            "cors has no 'maxAge'\n    The nearest that Lambda has is 'max_age'.",
        ),
        (cors("allow_credentials", 1), "cors: allow_credentials is 1\n    Give True or False."),
        (cors("max_age", 86401), "cors: max_age is 86401\n    Lambda takes 0 to 86400 seconds."),
        (cors("max_age", True), "cors: max_age is True\n    Lambda takes 0 to 86400 seconds."),
        (cors("allow_origins", "*"), "cors: allow_origins is '*', not a list\n    Write ['*']."),
        (
            cors("allow_origins", ["x"] * 101),
            "cors: allow_origins has 101 items\n    Lambda takes at most 100.",
        ),
        (
            cors("allow_origins", ["x" * 254]),
            "cors: allow_origins has a text of 254 characters\n    Lambda takes at most 253.",
        ),
        (
            cors("allow_headers", ["x" * 1025]),
            "cors: allow_headers has a text of 1025 characters\n    Lambda takes at most 1024.",
        ),
        (
            cors("expose_headers", [""]),
            "cors: expose_headers has ''\n    Give texts that are not empty.",
        ),
        (cors("expose_headers", [5]), "cors: expose_headers has 5\n    Give texts that are not empty."),
        (
            cors("allow_methods", ["OPTIONS"]),
            "cors: allow_methods has 'OPTIONS'\n    Lambda takes *, DELETE, GET, HEAD, PATCH, POST and PUT.",
        ),
        (
            cors("allow_methods", ["GET"] * 7),
            "cors: allow_methods has 7 items\n    Lambda takes at most 6.",
        ),
    ],
)
def test_what_is_wrong(source: str, report: str) -> None:
    assert said(source) == f"app.py:1: {report}"


def test_a_function_has_one_url() -> None:
    source = (
        FUNCTIONS + url() + url("auth='NONE'", "serve") + url("function='a'", "a") + url("function='a'", "b")
    )
    remedy = "Keep one handler and call the other from it, or give them sources of their own."
    assert said(source) == (
        f"app.py:4: serve and answer (app.py:2) both handle url of the default function\n    {remedy}\n"
        f"app.py:8: b and a (app.py:6) both handle url of the function 'a'\n    {remedy}"
    )


def test_everything_is_said_by_name() -> None:
    assert said(url("'NONE'")) == (
        "app.py:1: function_url() takes 0 positional arguments but 1 was given\n"
        "    Its arguments are auth, cors, invoke_mode, function."
    )


def test_streaming_is_warned_of() -> None:
    names: dict[str, Any] = {"app": Domovoi()}
    exec(compile(url() + url("invoke_mode='RESPONSE_STREAM'", "stream"), "app.py", "exec"), names)  # noqa: S102
    assert [
        (str(notice.location), notice.message) for notice in warnings(names["app"].freeze(), SETTINGS)
    ] == [
        (
            "app.py:3",
            "Lambda's Python runtime does not stream: with invoke_mode RESPONSE_STREAM "
            "the response still comes all at once",
        )
    ]


def test_the_declaration_in_words() -> None:
    assert function_url().describe() == "HTTP requests signed for IAM"
    assert function_url(auth="NONE").describe() == "public HTTP requests"


class Server(HTTPServer):
    """Answers with what it was asked, in another status than 200."""

    def __init__(self) -> None:
        super().__init__(("127.0.0.1", 0), Echo)
        self.status = 201


class Echo(BaseHTTPRequestHandler):
    server: Server

    def do_POST(self) -> None:
        body = self.rfile.read(int(self.headers["Content-Length"])).decode()
        seen = {
            name: self.headers[name]
            for name in ("Host", "Content-Type", "Authorization")
            if name in self.headers
        }
        answer = json.dumps([self.path, seen, body]).encode()
        self.send_response(self.server.status)
        self.send_header("Content-Length", str(len(answer)))
        self.end_headers()
        self.wfile.write(answer)

    def log_message(self, *_: object) -> None:
        """Keeps the requests out of the tests' output."""


@pytest.fixture
def server() -> Iterator[Server]:
    with Server() as server:
        thread = threading.Thread(target=server.serve_forever)
        thread.start()
        yield server
        server.shutdown()
        thread.join()


class Functions:
    """A Lambda at the server's address that has a URL."""

    def __init__(self, server: Server) -> None:
        self.meta = self
        self.endpoint_url = f"http://127.0.0.1:{server.server_port}"

    def __call__(self, service: str) -> Functions:
        assert service == "lambda"
        return self

    def get_function_url_config(self, **arguments: str) -> dict[str, str]:
        return {"FunctionUrl": f"https://{arguments['FunctionName']}.on.aws/"}


@pytest.mark.parametrize("status", [201, 404, 500])
@pytest.mark.parametrize("auth", ["AWS_IAM", "NONE"])
def test_sending_posts_to_the_url_and_says_what_came_back(
    auth: str, status: int, server: Server, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("http_proxy", "http://127.0.0.1:1")
    server.status = status
    deployed = {"AWS_LAMBDA_FUNCTION_NAME": "bar-dev"}
    done = function_url(auth=auth).send(Functions(server), deployed, "answer", '{"beer": "ü"}')
    where, _, answer = done.partition(f" {status} ")
    assert where == "posted to https://bar-dev.on.aws/:"
    path, headers, body = json.loads(answer)
    assert (path, body) == ("/", '{"beer": "ü"}')
    assert (headers["Host"], headers["Content-Type"]) == ("bar-dev.on.aws", "application/json")
    assert headers.get("Authorization", "").startswith("AWS4-HMAC-SHA256 ") == (auth == "AWS_IAM")
