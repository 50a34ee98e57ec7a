"""Builds the policy for deploying an app from the types of resources in its tree, and from its names."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator, Mapping, Set
from typing import Any, NamedTuple

from domovoi_tf.hcl.syntax import PrefixedName, Reference, StagedName
from domovoi_tf.model.application import Application
from domovoi_tf.settings import Settings
from domovoi_tf.settings.effective import resolve_function_settings
from domovoi_tf.state.deployer.actions import ANY, ARNS, LOOK_UPS, NAMED, RESOURCES
from domovoi_tf.state.deployer.keys import Keys, build_key_statements
from domovoi_tf.state.deployer.names import list_balancer_patterns, list_role_patterns
from domovoi_tf.synthesis.stack import Stack

_BLOCK = re.compile(r'^(resource|data) "(\w+)"', re.MULTILINE)
_READING = re.compile(r"\w+:(Decrypt|Describe|Get|List|Validate)")
_SERVICES = ("lambda.amazonaws.com", "scheduler.amazonaws.com", "states.amazonaws.com")


class Place(NamedTuple):
    """The partition, the Region and the account in which an app is deployed."""

    partition: str
    region: str
    account: str


class Roles(NamedTuple):
    """The roles of an app.

    Args:
        prefixes: the paths and prefixes before the names of the roles that the app creates.
        existing: the ARNs of existing roles, which are passed only.
    """

    prefixes: frozenset[str] = frozenset({""})
    existing: frozenset[str] = frozenset()


def find_roles(application: Application, settings: Settings) -> Roles:
    """Returns the roles of the functions, state machines and schedules of an app.

    Args:
        application: the application that the decorators declare.
        settings: the stage's settings.
    """
    functions = [resolve_function_settings(each, settings) for each in application.deployed_functions]
    prefixes = {
        f"{(each.role_path or '/').removeprefix('/')}{each.role_name_prefix or ''}"
        for each in (*functions, settings)
    }
    existing = {each.iam_role_arn for each in functions if each.iam_role_arn}
    others = {arn for roles in settings.existing_roles.values() for arn in roles.values()}
    return Roles(frozenset(prefixes), frozenset(existing | others))


def list_types(files: Iterable[str]) -> set[tuple[str, str]]:
    """Returns the types in files of Terraform, each after the block's type, ``resource`` or ``data``.

    Args:
        files: the contents of the files.
    """
    return {(match[1], match[2]) for text in files for match in _BLOCK.finditer(text)}


def build_app_policy(
    stack: Stack, types: Set[tuple[str, str]], place: Place, package: str | None, roles: Roles, keys: Keys
) -> dict[str, Any]:
    """Returns the IAM policy with which Terraform can create, change and destroy the resources of an app.

    Resources that have the app's name as a prefix, and those that the app names, are the only ones; some
    actions have no resource in IAM, or one whose ID AWS chooses.

    Args:
        stack: the app's stack.
        types: the types of resources and data sources in the rendered tree.
        place: the place of the deployment.
        package: the bucket that has the package; None if it is uploaded to Lambda.
        roles: the app's roles.
        keys: the ARNs of the app's KMS keys, by the service that uses them.
    """
    actions: dict[str, set[str]] = {}
    for block, name in types:
        for scope, text in (RESOURCES if block == "resource" else LOOK_UPS).get(name, {}).items():
            actions.setdefault(scope, set()).update(_parse_actions(text))
    if not package:
        actions.pop("Packages", None)
    names = _list_names(stack)
    statements = []
    for scope, allowed in sorted(actions.items()):
        resources = ["*"] if scope == ANY else []
        for prefix in () if scope == ANY else sorted(roles.prefixes) if scope == "Roles" else ("",):
            resources += _build_arns(scope, stack.stage.app, names, place, package, prefix)
        passed = allowed & {"iam:PassRole"}
        statements.append(_allow(f"App{scope}", allowed - passed, resources))
        if passed:
            condition = {"StringEquals": {"iam:PassedToService": [*_SERVICES]}}
            passable = [*resources, *sorted(roles.existing)]
            statements.append({**_allow("AppPassRoles", passed, passable), "Condition": condition})
    statements += build_key_statements(keys, types)
    return {"Version": "2012-10-17", "Statement": statements}


def build_plan_policy(*policies: Mapping[str, Any]) -> dict[str, Any]:
    """Returns the IAM policy with which Terraform can plan without the lock of the state.

    Args:
        policies: the policies for deploying with the state and for deploying the app.
    """
    statements = []
    for statement in (each for policy in policies for each in policy["Statement"]):
        actions = [each for each in statement["Action"] if _READING.match(each)]
        if actions and statement["Sid"] != "StateLock":
            statements.append({**statement, "Action": actions})
    return {"Version": "2012-10-17", "Statement": statements}


def _allow(sid: str, actions: Iterable[str], resources: list[str]) -> dict[str, Any]:
    return {"Sid": sid, "Effect": "Allow", "Action": sorted(actions), "Resource": resources}


def _parse_actions(text: str) -> Iterator[str]:
    for part in text.split("|"):
        service, _, names = part.strip().partition(":")
        yield from (f"{service}:{name}" for name in names.split())


def _build_arns(
    scope: str, app: str, names: Mapping[str, set[str]], place: Place, package: str | None, prefix: str
) -> list[str]:
    sources = names.get(NAMED.get(scope, ""), set())
    own = {app, f"{app}-*", *(sources if scope != "LogGroups" else ())}
    values: dict[str, list[Any]] = {
        "name": ["*"] if "*" in own else sorted(own),
        "role": list_role_patterns(prefix, app),
        "source": sorted(sources),
        "balancer": list_balancer_patterns(app),
        "package": [package, f"{package}/*"],
    }
    arns = []
    for template in ARNS[scope]:
        key = next((key for key in values if f"{{{key}}}" in template), None)
        for value in values[key] if key else [None]:
            fields = {"region": place.region, "account": place.account, **({key: value} if key else {})}
            arns.append(f"arn:{place.partition}:{template.format(**fields)}")
    # The ARN of a log group ends with :* in some actions.
    return sorted({*arns, *(f"{each}:*" for each in arns if scope in ("LogGroups", "Layers"))})


def _list_names(stack: Stack) -> dict[str, set[str]]:
    """Returns the names that do not begin with the app's, by the type of resource."""
    names: dict[str, set[str]] = {}
    for resource_type, name in _walk_names(stack):
        if not isinstance(name, PrefixedName):
            names.setdefault(resource_type, set()).add(_spell_name(name, stack.stage.name))
    return names


def _walk_names(stack: Stack) -> Iterator[tuple[str, object]]:
    for kind in stack.kinds:
        yield from ((source.type, source.name) for source in kind.sources)
        for trigger in kind.triggers:
            yield from ((source.type, source.name) for source in trigger.sources)
            if trigger.source is None and "name" in trigger.arguments:
                yield "aws_cloudwatch_event_rule", trigger.arguments["name"]


def _spell_name(name: object, stage: str) -> str:
    if isinstance(name, Reference):  # the names of sources that the caller passes are not known
        return "*"
    return name.replace("{stage}", stage) if isinstance(name, StagedName) else str(name)
