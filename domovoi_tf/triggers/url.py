"""Function URLs: HTTP requests straight to the function.

https://docs.aws.amazon.com/lambda/latest/dg/urls-configuration.html
"""

from __future__ import annotations

from ..model.trigger import Trigger

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterator, Mapping
    from typing import Any, ClassVar

    from ..model.trigger import EventRequest, ResourceType

AUTHS = ("AWS_IAM", "NONE")
INVOKE_MODES = ("BUFFERED", "RESPONSE_STREAM")
#: What each argument of CORS takes: the most texts and the longest, for numbers the range.
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
#: A function has one URL, and no event is another's.
KEY = "request"
#: The emulator looks whether a request is signed and by whom, not whether the signature is right.
SIGNED = (
    "AWS4-HMAC-SHA256 Credential=test/19700101/us-east-1/lambda/aws4_request, SignedHeaders=host, Signature=0"
)


class Url(Trigger):
    """The URL of a function."""

    auth: str = "AWS_IAM"
    cors: Mapping[str, Any] | None = None
    invoke_mode: str = "BUFFERED"

    kind = "url"
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

    def describe(self) -> str:
        return "public HTTP requests" if self.auth == "NONE" else "HTTP requests signed for IAM"

    def arguments(self, handler: str) -> dict[str, Any]:
        return {"auth": self.auth, "cors": self.cors, "invoke_mode": self.invoke_mode}

    def problems(self) -> Iterator[tuple[str, str]]:
        if self.auth not in AUTHS:
            yield f"auth is {self.auth!r}", 'Write "AWS_IAM", or "NONE" for a URL that everybody may call.'
        if self.invoke_mode not in INVOKE_MODES:
            yield f"invoke_mode is {self.invoke_mode!r}", f"Lambda takes {' or '.join(INVOKE_MODES)}."
        if self.cors is not None:
            yield from _wrong_cors(self.cors)

    def warnings(self) -> Iterator[str]:
        # https://docs.aws.amazon.com/lambda/latest/dg/configuration-response-streaming.html
        if self.invoke_mode == "RESPONSE_STREAM":
            yield (
                "Lambda's Python runtime does not stream: with invoke_mode RESPONSE_STREAM "
                "the response still comes all at once"
            )

    def event(self, request: EventRequest) -> dict[str, Any]:
        from ._shared.sample_envelope import format_message, get_region, merge_fields

        path = request.fields.get("rawPath", "/")
        host = f"sample.lambda-url.{get_region(request.environ)}.on.aws"
        sent = {
            "version": "2.0",
            "routeKey": "$default",
            "rawPath": path,
            "rawQueryString": "",
            "headers": {"content-type": "application/json", "host": host, "x-forwarded-proto": "https"},
            "requestContext": self._request_context(path, host, request.number),
            "body": format_message(request.payload),
            "isBase64Encoded": False,
        }
        return merge_fields(sent, request.fields)

    def _request_context(self, path: str, host: str, number: int) -> dict[str, Any]:
        from ._shared.sample_envelope import ACCOUNT, MILLISECONDS, make_id

        signed = {
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
        return context | ({"authorizer": {"iam": signed}} if self.auth == "AWS_IAM" else {})

    def send(self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, data: str) -> str:
        from contextlib import closing
        from http.client import HTTPConnection

        functions, name = client("lambda"), deployed["AWS_LAMBDA_FUNCTION_NAME"]
        url = functions.get_function_url_config(FunctionName=name)["FunctionUrl"]
        # The URL's host is in no DNS: the emulator knows it by the header.
        headers = {"Host": url.split("/")[2], "Content-Type": "application/json"}
        if self.auth == "AWS_IAM":
            headers["Authorization"] = SIGNED
        with closing(HTTPConnection(functions.meta.endpoint_url.split("/")[2])) as connection:
            connection.request("POST", "/", data.encode(), headers)
            answer = connection.getresponse()
            return f"posted to {url}: {answer.status} {answer.read().decode(errors='replace')}"


def function_url(
    *,
    auth: str = "AWS_IAM",
    cors: Mapping[str, Any] | None = None,
    invoke_mode: str = "BUFFERED",
    function: str = "",
) -> Url:
    """Calls the handler with the HTTP requests to the function's URL.

    Args:
        auth: ``AWS_IAM`` for signed requests of those whom IAM allows it, ``NONE`` for everybody's.
        cors: ``allow_origins``, ``allow_methods``, ``allow_headers``, ``expose_headers``, ``max_age`` (in
            seconds) and ``allow_credentials``: which pages of other origins may read the responses.
        invoke_mode: ``BUFFERED`` or ``RESPONSE_STREAM``.
        function: the Lambda function, declared with ``app.function``; the default one if empty.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-auth.html
    """
    return Url(auth=auth, cors=cors, invoke_mode=invoke_mode, function=function)


declare = function_url


def identify(item: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the key of all requests, or nothing where the event is none in format 2.0.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html#urls-payloads
    """
    context = item.get("requestContext")
    is_request = isinstance(context, dict) and isinstance(context.get("http"), dict)
    return (KEY,) if is_request and item.get("version") == "2.0" else ()


def unwrap(item: Mapping[str, Any]) -> Any:
    """Returns the event as it is."""
    return item


def _wrong_cors(cors: object) -> Iterator[tuple[str, str]]:
    if not isinstance(cors, dict) or not cors:
        yield f"cors is {cors!r}", 'Write cors={"allow_origins": ["https://example.com"]}, or leave it out.'
        return
    for name, value in cors.items():
        if name not in CORS:
            yield f"cors has no {name!r}", f"The nearest that Lambda has is {_nearest(name)!r}."
        elif isinstance(CORS[name], tuple):
            yield from _wrong_texts(name, value, *CORS[name])
        elif isinstance(CORS[name], range):
            if not (type(value) is int and value in CORS[name]):
                yield (
                    f"cors: {name} is {value!r}",
                    f"Lambda takes {CORS[name][0]} to {CORS[name][-1]} seconds.",
                )
        elif not isinstance(value, bool):
            yield f"cors: {name} is {value!r}", "Give True or False."


def _wrong_texts(name: str, values: object, most: int, longest: int) -> Iterator[tuple[str, str]]:
    if not isinstance(values, (list, tuple)):
        yield f"cors: {name} is {values!r}, not a list", f"Write [{values!r}]."
        return
    if len(values) > most:
        yield f"cors: {name} has {len(values)} items", f"Lambda takes at most {most}."
    for value in values:
        if not isinstance(value, str) or not value:
            yield f"cors: {name} has {value!r}", "Give texts that are not empty."
        elif name == "allow_methods" and value not in METHODS:
            yield f"cors: {name} has {value!r}", f"Lambda takes {', '.join(METHODS[:-1])} and {METHODS[-1]}."
        elif len(value) > longest:
            yield f"cors: {name} has a text of {len(value)} characters", f"Lambda takes at most {longest}."


def _nearest(name: object) -> str:
    from difflib import get_close_matches

    text = str(name).replace("-", "_").lower()
    nearest: list[str] = get_close_matches(text, CORS, 1, cutoff=0)
    return nearest[0]
