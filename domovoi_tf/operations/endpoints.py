"""Where to look at what was deployed: from the outputs of a stage."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any, NamedTuple

#: Outputs that hold one place each by a name, and what a place is called.
_BY_NAME = {
    "function_urls": "function url",
    "queue_urls": "queue",
    "state_machine_arns": "state machine",
}


class Place(NamedTuple):
    """Something to look at: what it is, its name in the app, and its name, ARN or URL on AWS."""

    what: str
    name: str
    where: str


def places(outputs: Mapping[str, Mapping[str, Any]]) -> tuple[Place, ...]:
    """Returns the log groups, URLs, queues and state machines of a stage.

    Args:
        outputs: what ``terraform output -json`` says.

    https://developer.hashicorp.com/terraform/cli/commands/output#json
    """
    values = {name: output["value"] for name, output in outputs.items() if not output.get("sensitive")}
    return tuple(_places(values))


def _places(values: Mapping[str, Any]) -> Iterator[Place]:
    for name, function in sorted((values.get("functions") or {}).items()):
        yield Place("log group", name, f"/aws/lambda/{function['name']}")
    if url := values.get("url"):
        yield Place("load balancer", "", str(url))
    for output, what in _BY_NAME.items():
        for name, where in sorted((values.get(output) or {}).items()):
            yield Place(what, name, str(where))
