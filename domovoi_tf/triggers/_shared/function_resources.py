"""The resource types of every app's functions, with look-ups of existing resources on AWS."""

from __future__ import annotations

from ...model.resource_type import ResourceType
from . import resources

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Mapping
    from typing import Any

    Client = Callable[[str], Any]
    Values = Mapping[str, Any]


def _find_alias(client: Client, planned: Values) -> str:
    function, name = planned["function_name"], planned["name"]
    client("lambda").get_alias(FunctionName=function, Name=name)
    return f"{function}/{name}"


def _find_function(client: Client, planned: Values) -> str:
    client("lambda").get_function_configuration(FunctionName=planned["function_name"])
    return str(planned["function_name"])


#: The types of every app, whatever its event sources.
FUNCTION_RESOURCES = (
    resources.LOG_GROUP,
    resources.OBJECT,
    resources.ROLE,
    resources.ROLE_POLICY,
    ResourceType(type="aws_lambda_alias", noun="alias", identity=("function_name", "name"), find=_find_alias),
    ResourceType(
        type="aws_lambda_function", noun="function", identity=("function_name",), find=_find_function
    ),
    ResourceType(
        type="aws_lambda_function_event_invoke_config",
        noun="asynchronous invocation",
        identity=("function_name",),
        adopted="PutFunctionEventInvokeConfig replaces the configuration",
    ),
    ResourceType(
        type="aws_lambda_layer_version",
        noun="layer version",
        identity=("arn",),
        adopted="PublishLayerVersion always creates a new version; a forgotten one costs nothing",
    ),
)
