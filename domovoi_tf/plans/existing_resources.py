"""Finds resources that a plan would create although they exist on AWS.

AWS rejects a second function, role or log group of the same name, but only after Terraform has changed other
resources: a rule or a bucket's notification of that app would be taken over.
"""

from __future__ import annotations

import contextlib
import re
import shlex
from collections import defaultdict
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from typing import Any, NamedTuple

from domovoi_tf.model.resource_type import ResourceType
from domovoi_tf.model.trigger import Route
from domovoi_tf.plans.attribute_diff import replace_unprintable
from domovoi_tf.plans.changes import choose_noun
from domovoi_tf.plans.state_values import walk_resources
from domovoi_tf.system.trace_log import log
from domovoi_tf.triggers import import_kind, list_resource_types

Client = Callable[[str], Any]
#: The types whose names belong to one app and stage. If one of these exists, all others are looked up too.
_OWN = frozenset({"aws_lambda_function", "aws_iam_role", "aws_cloudwatch_log_group"})
_NAMES = ("function_name", "name", "bucket")
_ADDRESS = re.compile(r'[A-Za-z_][\w-]*(\["[^"\\$%]*"\])?(\.[A-Za-z_][\w-]*(\["[^"\\$%]*"\])?)+')
_MISSING = re.compile("NotFound|NoSuch|NonExistent|DoesNotExist|^404$")


class ExistingResource(NamedTuple):
    """An existing resource: its address in the configuration, and its ID for the import."""

    address: str
    id: str


class Overwritten(NamedTuple):
    """Entries of other owners that a plan would erase: a line for each, advice, and commands for imports."""

    lines: tuple[str, ...]
    advice: str
    imports: tuple[str, ...]

    @property
    def message(self) -> str:
        """A message with the entries, empty if there are none."""
        lines = ["The plan would erase what others have added:", *self.lines]
        return "\n  ".join(lines) if self.lines else ""

    @property
    def remedy(self) -> str:
        """The advice, and the commands for imports."""
        return "\n  ".join(
            [f"{self.advice} To let the app own it, import it in the stage's folder first:", *self.imports]
        )


def list_creations(plan: Mapping[str, Any]) -> list[dict[str, Any]]:
    """Returns the resources that a plan creates.

    Args:
        plan: the output of ``terraform show -json``.
    """
    changes = plan.get("resource_changes", [])
    return [each for each in changes if each["change"]["actions"] == ["create"]]


def find_existing(creations: Iterable[Mapping[str, Any]], client: Client) -> Iterator[ExistingResource]:
    """Yields the resources that exist on AWS.

    Args:
        creations: the resources to create, as `list_creations` returns them.
        client: returns a boto3 client of a service.

    Raises:
        botocore.exceptions.ClientError: AWS refuses a request.
    """
    types = list_resource_types()
    for resource in creations:
        declared = types.get(resource["type"])
        find = declared.find if declared else None
        if find and _ADDRESS.fullmatch(resource["address"]):
            with _skip_missing():
                if resource_id := find(client, resource["change"]["after"]):
                    yield ExistingResource(resource["address"], str(resource_id))


def describe_foreign(plan: Mapping[str, Any], client: Client) -> list[str]:
    """Describes what exists on AWS, such as "function pub-dev", although the state of a plan is empty.

    Returns an empty list if the state has resources, or if no function, role or log group of these names
    exists. What these credentials may not look up is left out.

    Args:
        plan: the output of ``terraform show -json``.
        client: returns a boto3 client of a service.
    """
    creations = list_creations(plan)
    own = [each for each in creations if each["type"] in _OWN]
    if _has_state(plan) or not (found := _find_permitted(own, client)):
        return []
    found |= _find_permitted([each for each in creations if each["type"] not in _OWN], client)
    return [describe_creation(each) for each in creations if each["address"] in found]


def find_overwritten(plan: Mapping[str, Any], client: Client) -> Overwritten:
    """Finds what a plan would erase of other owners.

    A plan erases it if it creates what exists already, and AWS replaces the whole. What these credentials
    may not look up is left out.

    Args:
        plan: the output of ``terraform show -json``.
        client: returns a boto3 client of a service.
    """
    types = list_resource_types()
    lines: list[str] = []
    imports, advice = [], []
    for each in list_creations(plan):
        declared, values = types.get(each["type"]), each["change"]["after"]
        if declared and (others := _list_others(declared, values, client)):
            name = str(values[declared.identity[0]])
            lines += [replace_unprintable(f"{declared.noun} {name}: {entry}") for entry in others]
            command = ("terraform", "import", each["address"], name)
            imports.append(shlex.join(map(replace_unprintable, command)))
            advice.append(declared.advice)
    return Overwritten(tuple(lines), " ".join(dict.fromkeys(advice)), tuple(imports))


def predict_overwriting(routes: Iterable[Route], deployed: Mapping[str, str]) -> dict[str, Any]:
    """Returns a plan with the creations of what AWS replaces as a whole, as far as the app's source tells.

    Args:
        routes: the app's routes.
        deployed: the environment of the functions, as far as it is known.
    """
    kinds: dict[str, list[Route]] = defaultdict(list)
    for route in routes:
        kinds[route.trigger.kind].append(route)
    predicted = (
        each
        for kind, of_kind in kinds.items()
        if hasattr(module := import_kind(kind), "predict_creations")
        for each in module.predict_creations(of_kind, deployed)
    )
    change = {"actions": ["create"]}
    return {
        "resource_changes": [
            {"address": type_, "type": type_, "change": {**change, "after": values}}
            for type_, values in predicted
        ]
    }


def _list_others(declared: ResourceType, values: Mapping[str, Any], client: Client) -> Sequence[str]:
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError

    try:
        with _skip_missing():
            return declared.list_others(client, values) if declared.list_others else ()
    except (BotoCoreError, ClientError, ResponseParserError) as error:
        log.debug("cannot look up a %s: %s", declared.noun, error)
    return ()


def build_creations(functions: Iterable[str], with_roles: bool) -> list[dict[str, Any]]:
    """Returns the creations that every first plan has: functions, log groups and, if it makes them, roles.

    Args:
        functions: the names of the functions on AWS.
        with_roles: whether the app creates the execution roles.
    """
    return [
        {
            "address": f'{resource_type}.this["{function}"]',
            "type": resource_type,
            "name": "this",
            "change": {"actions": ["create"], "after": values},
        }
        for function in functions
        for resource_type, values in (
            ("aws_lambda_function", {"function_name": function}),
            *([("aws_iam_role", {"name": function})] if with_roles else []),
            ("aws_cloudwatch_log_group", {"name": f"/aws/lambda/{function}"}),
        )
    ]


def describe_creation(resource: Mapping[str, Any]) -> str:
    """Returns the noun and the name of a resource to create.

    Args:
        resource: the resource, as `list_creations` returns it.
    """
    values = resource["change"]["after"]
    names = (str(values[key]) for key in _NAMES if values.get(key))
    return replace_unprintable(f"{choose_noun(resource['type'], values)} {next(names, resource['name'])}")


def _find_permitted(creations: Sequence[Mapping[str, Any]], client: Client) -> set[str]:
    """Returns the addresses of the resources that exist, as far as the requests for them succeed."""
    from botocore.exceptions import BotoCoreError, ClientError
    from botocore.parsers import ResponseParserError  # as of a proxy, which answers with a page

    found = set()
    for each in creations:
        try:
            found |= {existing.address for existing in find_existing([each], client)}
        except (BotoCoreError, ClientError, ResponseParserError) as error:
            log.debug("cannot look up %s: %s", each["address"], error)
    return found


def _has_state(plan: Mapping[str, Any]) -> bool:
    return any(resource["mode"] == "managed" for _, resource in walk_resources(plan))


@contextlib.contextmanager
def _skip_missing() -> Iterator[None]:
    """Suppresses the errors about resources that do not exist or whose names are not known yet."""
    from botocore.exceptions import ClientError

    try:
        yield
    except KeyError:
        return
    except ClientError as error:
        if not _MISSING.search(error.response["Error"]["Code"]):
            raise
