"""The types of the requests of function URLs and load balancers, and of the responses."""

from __future__ import annotations

from typing import Any, TypedDict


class FunctionUrlRequest(TypedDict):
    """The request line of a request, and its sender."""

    method: str
    path: str
    protocol: str
    sourceIp: str
    userAgent: str


class _FunctionUrlOptional(TypedDict, total=False):
    #: ``{"iam": {...}}`` with ``auth="AWS_IAM"``.
    authorizer: dict[str, Any]
    authentication: None


class FunctionUrlContext(_FunctionUrlOptional):
    """The circumstances of a request."""

    accountId: str
    apiId: str
    domainName: str
    domainPrefix: str
    http: FunctionUrlRequest
    requestId: str
    routeKey: str
    stage: str
    time: str
    timeEpoch: int


class _FunctionUrlContent(TypedDict, total=False):
    body: str
    cookies: list[str]
    queryStringParameters: dict[str, str]
    pathParameters: None
    stageVariables: None


class FunctionUrlEvent(_FunctionUrlContent):
    """The event of ``function_url``. The names of headers are in lower case.

    https://docs.aws.amazon.com/lambda/latest/dg/urls-invocation.html
    """

    version: str
    routeKey: str
    rawPath: str
    rawQueryString: str
    headers: dict[str, str]
    requestContext: FunctionUrlContext
    isBase64Encoded: bool


class ALBTargetGroup(TypedDict):
    """The target group of a request."""

    targetGroupArn: str


class ALBContext(TypedDict):
    """The circumstances of a request."""

    elb: ALBTargetGroup


class _ALBRequest(TypedDict):
    requestContext: ALBContext
    httpMethod: str
    path: str
    body: str
    isBase64Encoded: bool


class ALBEvent(_ALBRequest):
    """The event of ``alb_target``. The names of headers are in lower case.

    https://docs.aws.amazon.com/elasticloadbalancing/latest/application/lambda-functions.html
    """

    headers: dict[str, str]
    queryStringParameters: dict[str, str]


class ALBMultiValueEvent(_ALBRequest):
    """The event of ``alb_target`` with ``multi_value_headers=True``."""

    multiValueHeaders: dict[str, list[str]]
    multiValueQueryStringParameters: dict[str, list[str]]


class _StatusCode(TypedDict):
    statusCode: int


class HTTPResponse(_StatusCode, total=False):
    """A result of the handlers of ``function_url`` and ``alb_target``.

    Only function URLs read ``cookies``, and only load balancers the rest below them.
    """

    headers: dict[str, str]
    body: str
    isBase64Encoded: bool
    cookies: list[str]
    statusDescription: str
    multiValueHeaders: dict[str, list[str]]
