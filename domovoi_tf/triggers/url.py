"""Function URLs, which invoke a function with HTTP requests.

https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
"""

from __future__ import annotations

from ..model.names import DEFAULT_FUNCTION
from ..model.trigger import Trigger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any, ClassVar

    from ..model.event_request import EventRequest, SentPayload
    from ..model.resource_type import ResourceType

AUTHS = ("AWS_IAM", "NONE")
INVOKE_MODES = ("BUFFERED", "RESPONSE_STREAM")
#: The remedies for values that AWS or Terraform does not accept, by argument.
REMEDIES = {
    "auth": 'Use "AWS_IAM", or "NONE" for a URL that everybody may call.',
    "cors": 'Write cors={"allow_origins": ["https://example.com"]}, or leave it out.',
    "invoke_mode": f"Use {' or '.join(INVOKE_MODES)}.",
}
#: The values of each CORS setting: the maximum number and length of strings, or the range of a number.
#: https://docs.aws.amazon.com/lambda/latest/api/API_Cors.html
CORS: Mapping[str, Any] = {
    "allow_credentials": bool,
    "allow_headers": (100, 1024),
    "allow_methods": (6, 6),
    "allow_origins": (100, 253),
    "expose_headers": (100, 1024),
    "max_age": range(86401),
}
METHODS = ("*", "DELETE", "GET", "HEAD", "PATCH", "POST", "PUT")
#: The key of every request: a function has one URL.
KEY = "request"
#: The emulator needs a signature that names the caller, but does not verify it.
SIGNATURE = (
    "AWS4-HMAC-SHA256 Credential=test/19700101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0"
)


class Url(Trigger):
    """The URL of a function."""

    auth: str = "AWS_IAM"
    cors: Mapping[str, Any] | None = None
    invoke_mode: str = "BUFFERED"

    kind = "url"
    cost = "the function gets another URL, and callers of the old one fail"
    ending = "callers of the URL fail, and it never comes back"
    gap = "nobody answers for a few seconds"
    per_function = True
    trigger_outputs: ClassVar = {
        "function_urls": ("function_url", "URL of each function that has one, by handler.")
    }

    @classmethod
    def resource_types(cls) -> tuple[ResourceType, ...]:
        from ._shared import resources

        return (resources.FUNCTION_URL, resources.PERMISSION)

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return KEY

    def subject(self, handler: str) -> object:
        return f"of the function {self.function!r}" if self.function else "of the default function"

    def spell_source(self) -> str:
        return "" if self.function else DEFAULT_FUNCTION

    def describe(self) -> str:
        return "public HTTP requests" if self.auth == "NONE" else "HTTP requests signed for IAM"

    def arguments(self, handler: str) -> dict[str, Any]:
        return {"auth": self.auth, "cors": self.cors, "invoke_mode": self.invoke_mode}

    def problems(self) -> Iterator[tuple[str, str]]:
        if self.auth not in AUTHS:
            yield f"auth is {self.auth!r}", REMEDIES["auth"]
        if self.invoke_mode not in INVOKE_MODES:
            yield f"invoke_mode is {self.invoke_mode!r}", REMEDIES["invoke_mode"]
        if self.cors is not None:
            yield from _check_cors(self.cors)

    def warnings(self) -> Iterator[str]:
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
        if self.invoke_mode == "RESPONSE_STREAM":
            yield (
                "Lambda's Python runtime does not support response streaming: "
                "with invoke_mode RESPONSE_STREAM the response is still sent at once"
            )

    def event(self, request: EventRequest) -> dict[str, Any]:
        from ._shared.sample_envelope import format_message, get_region, merge_fields

        path = request.fields.get("rawPath", "/")
        host = f"sample.lambda-url.{get_region(request.environ)}.on.aws"
        event = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {"content-type": "application/json", "host": host, "x-forwarded-proto": "https"},
            "requestContext": self._make_request_context(path, host, request.number),
            "body": format_message(request.payload),
            "isBase64Encoded": False,
        }
        return merge_fields(event, request.fields)

    def _make_request_context(self, path: str, host: str, number: int) -> dict[str, Any]:
        from ._shared.sample_envelope import ACCOUNT, MILLISECONDS, make_id

        caller = {
            "accessKey": "AKIAEXAMPLE",
            "accountId": ACCOUNT,
            "callerId": "AIDAEXAMPLE",
            "cognitoIdentity": None,
            "principalOrgId": None,
            "userArn": f"arn:aws:iam::{ACCOUNT}:user/sample",
            "userId": "AIDAEXAMPLE",
        }
        context = {
            "accountId": ACCOUNT if self.auth == "AWS_IAM" else "anonymous",
            "apiId": "sample",
            "authentication": None,
            "domainName": host,
            "domainPrefix": "sample",
            "http": {
                "method": "POST",
                "path": path,
                "protocol": "HTTP/1.1",
                "sourceIp": "192.0.2.1",
                "userAgent": "domovoi-tf",
            },
            "requestId": make_id(number),
            "routeKey": "$default",
            "stage": "$default",
            "time": "31/Jan/2026:10:20:30 +0000",
            "timeEpoch": MILLISECONDS,
        }
        return context | ({"authorizer": {"iam": caller}} if self.auth == "AWS_IAM" else {})

    def find_page(self, client: Callable[[str], Any], deployed: Mapping[str, str]) -> tuple[str, str]:
        url = self._find_url(client, deployed)
        if self.auth == "NONE":
            return url, ""
        from ._http.function_addresses import format_signed_request

        return url, f"Requests must be signed, which a browser does not do: {format_signed_request(url)}"

    def _find_url(self, client: Callable[[str], Any], deployed: Mapping[str, str]) -> str:
        from ._http.function_addresses import make_reachable

        functions, name = client("lambda"), deployed["AWS_LAMBDA_FUNCTION_NAME"]
        url = functions.get_function_url_config(FunctionName=name)["FunctionUrl"]
        return make_reachable(url, functions.meta.endpoint_url)

    def send(
        self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, payload: SentPayload
    ) -> str:
        from contextlib import closing
        from http.client import HTTPConnection
        from urllib.parse import urlsplit

        url = self._find_url(client, deployed)
        headers = {"Content-Type": payload.content_type}
        if self.auth == "AWS_IAM":
            headers["Authorization"] = SIGNATURE
        with closing(HTTPConnection(urlsplit(url).netloc)) as connection:
            connection.request("POST", urlsplit(url).path, payload.data, headers)
            response = connection.getresponse()
            return f"posted to {url}: {response.status} {response.read().decode(errors='replace')}"


def function_url(
    *,
    auth: str = "AWS_IAM",
    cors: Mapping[str, Any] | None = None,
    invoke_mode: str = "BUFFERED",
    function: str = "",
    name: str | None = None,
) -> Url:
    """Calls the handler with the HTTP requests to the function's URL.

    Args:
        auth: ``AWS_IAM`` for signed requests of callers whom IAM allows, ``NONE`` for a public URL.
        cors: the CORS settings, which allow pages of other origins to read responses: ``allow_origins``,
            ``allow_methods``, ``allow_headers``, ``expose_headers``, ``allow_credentials`` and ``max_age`` in
            seconds.
        invoke_mode: ``BUFFERED`` or ``RESPONSE_STREAM``.
        function: the Lambda function, declared with ``app.function`` (default: the app's default function).
        name: the handler's name in commands and on AWS (default: the name of the Python function).

    https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    """
    return Url(auth=auth, cors=cors, invoke_mode=invoke_mode, function=function, handler_name=name)


declare = function_url


def identify(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the key of requests, or no key if the event is not a request in format 2.0.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
    """
    context = item.get("requestContext")
    is_request = isinstance(context, dict) and isinstance(context.get("http"), dict)
    return (KEY,) if is_request and item.get("version") == "2.0" else ()


def unwrap(item: Mapping[str, Any]) -> Any:
    """Returns the event unchanged."""
    return item


def _check_cors(cors: Mapping[str, Any]) -> Iterator[tuple[str, str]]:
    if not cors:
        yield f"cors is {cors!r}", REMEDIES["cors"]
    for name, value in cors.items():
        if name not in CORS:
            yield f"cors has the unknown setting {name!r}", f"Did you mean {_find_nearest(name)!r}?"
        elif isinstance(CORS[name], tuple):
            yield from _check_strings(name, value, *CORS[name])
        elif isinstance(CORS[name], range):
            if not (type(value) is int and value in CORS[name]):
                yield (
                    f"cors: {name} is {value!r}",
                    f"Use a whole number of seconds from {CORS[name][0]} to {CORS[name][-1]}.",
                )
        elif not isinstance(value, bool):
            yield f"cors: {name} is {value!r}", "Use True or False."


def _check_strings(name: str, values: object, max_items: int, max_length: int) -> Iterator[tuple[str, str]]:
    if not isinstance(values, (list, tuple)):
        yield f"cors: {name} is {values!r}, not a list", f"Write [{values!r}]."
        return
    if len(values) > max_items:
        yield f"cors: {name} has {len(values)} items", f"Lambda accepts at most {max_items}."
    for value in values:
        if not isinstance(value, str) or not value:
            yield f"cors: {name} has {value!r}", "Use strings that are not empty."
        elif name == "allow_methods" and value not in METHODS:
            yield f"cors: {name} has {value!r}", f"Use {', '.join(METHODS[:-1])} or {METHODS[-1]}."
        elif len(value) > max_length:
            yield (
                f"cors: {name} has a string of {len(value)} characters",
                f"Lambda accepts at most {max_length}.",
            )


def _find_nearest(name: object) -> str:
    from difflib import get_close_matches

    normalised = str(name).replace("-", "_").lower()
    matches: list[str] = get_close_matches(normalised, CORS, 1, cutoff=0)
    return matches[0]
