"""Lists the endpoints of a stage, such as URLs and queues, from its Terraform outputs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

from domovoi_tf.triggers._http.function_addresses import is_emulator, make_reachable

#: Outputs that map names to endpoints, with the kind of the endpoints.
_OUTPUTS = {
    "function_urls": "function url",
    "queue_urls": "queue",
    "state_machine_arns": "state machine",
}


class Endpoint(NamedTuple):
    """An endpoint: its kind (``what``), its name in the app, and its name, ARN or URL on AWS (``where``)."""

    what: str
    name: str
    where: str


def list_endpoints(outputs: Mapping[str, Mapping[str, Any]], endpoint: str = "") -> tuple[Endpoint, ...]:
    """Returns the log groups, URLs, queues and state machines of a stage.

    Args:
        outputs: the output of ``terraform output -json``.
        endpoint: the endpoint of the API, for the host of URLs at the emulator; empty for AWS.

    https://developer.hashicorp.com/terraform/cli/commands/output#json
    """
    values = {name: output["value"] for name, output in outputs.items() if not output.get("sensitive")}
    return tuple(_find_endpoints(values, endpoint))


def _find_endpoints(values: Mapping[str, Any], endpoint: str) -> Iterator[Endpoint]:
    for name, function in sorted((values.get("functions") or {}).items()):
        yield Endpoint("log group", name, f"/aws/lambda/{function['name']}")
    if url := values.get("url"):
        yield Endpoint("load balancer", "", str(url))
    for output, what in _OUTPUTS.items():
        for name, where in sorted((values.get(output) or {}).items()):
            yield Endpoint(what, name, _locate(str(where), endpoint))


def _locate(where: str, endpoint: str) -> str:
    # Terraform composes the URL of a queue that the app does not own, with the host of AWS
    queue = where.partition("://")[2]
    if is_emulator(endpoint) and queue.startswith("sqs.") and ".amazonaws." in queue:
        return f"{endpoint.rstrip('/')}/{queue.partition('/')[2]}"
    return make_reachable(where, endpoint)
