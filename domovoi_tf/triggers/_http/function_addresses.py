"""Finds the URL at which curl or a browser reaches a function, on AWS or at the local emulator."""

from __future__ import annotations

#: The emulator's path of function URLs. DNS does not know the hosts of its URLs, which are like those of AWS.
_PATH = "_aws/lambda-url"
_HOST = ".lambda-url."


def is_emulator(endpoint: str) -> bool:
    """Returns whether an endpoint of the API is another one than AWS's.

    Args:
        endpoint: the URL of the endpoint; empty for AWS.
    """
    return bool(endpoint) and ".amazonaws." not in endpoint


def make_reachable(url: str, endpoint: str) -> str:
    """Returns the URL that reaches a function's URL, which is a path of the emulator's URL there.

    Args:
        url: the function's URL.
        endpoint: the endpoint of the API; empty for AWS.
    """
    name, is_function_url, _ = url.partition("://")[2].partition(_HOST)
    return f"{endpoint.rstrip('/')}/{_PATH}/{name}/" if is_emulator(endpoint) and is_function_url else url


def format_signed_request(url: str) -> str:
    """Returns the curl command for a function's URL that is only for callers whom IAM allows.

    Args:
        url: the URL, as `make_reachable` returns it.
    """
    if _HOST not in url:
        return f"curl --aws-sigv4 aws:amz:us-east-1:lambda --user test:test {url}"
    region = url.partition(_HOST)[2].partition(".")[0]
    return (
        f'curl --aws-sigv4 aws:amz:{region}:lambda --user "$AWS_ACCESS_KEY_ID:$AWS_SECRET_ACCESS_KEY" '
        f'-H "X-Amz-Security-Token: $AWS_SESSION_TOKEN" {url}'
    )
