"""Estimates the sizes of a function's resource-based policy and of its role's policies, which AWS limits.

The estimates are upper bounds: the Region and the account are unknown, so the longest ones are assumed.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from domovoi_tf.errors import Problem
from domovoi_tf.model.application import Application, group_by_function
from domovoi_tf.model.declarations import Location, Notice, StateMachine
from domovoi_tf.model.names import DEFAULT_MACHINE, Scoped, Variable
from domovoi_tf.model.trigger import Grant, Route, Source, spell
from domovoi_tf.settings import CONFIG, FunctionSettings, Settings
from domovoi_tf.settings.effective import resolve_function_settings
from domovoi_tf.state_machines.callbacks import CALLBACK_ACTIONS, has_callback_task
from domovoi_tf.system.records import Record
from domovoi_tf.triggers._queues.keys import CONCERN, find_key_uses, is_known, split_key
from domovoi_tf.validation.execution_role import LOG_ACTIONS, find_needs, spell_statements
from domovoi_tf.validation.expanded_names import expand_name

if TYPE_CHECKING:
    from domovoi_tf.model.names import Name

#: The assumed length of a name that Terraform supplies: the longest name of a queue.
_LONG = 80
#: The modules append at most 17 characters of the source's name and a digest of it.
_UNIQUE = "x" * 26
#: The percentage of a limit from which on a notice is given.
_NEAR = 80


class _Size(NamedTuple):
    statements: int
    characters: int


class _Limit(Record):
    """A limit of AWS, and a function that measures an app's use of it."""

    what: str
    unit: str
    most: int
    service: str
    measure: Callable[[Sequence[StateMachine], str, Settings, FunctionSettings, Sequence[Route]], _Size]
    remedy: str


class _Reached(Record):
    """A limit that a function reaches, with the location of the trigger that reaches it."""

    limit: _Limit
    where: Location
    function: str
    size: _Size
    policy: str

    def __str__(self) -> str:
        return (
            f"the {self.limit.what} of the function {self.function!r} would have {self.size.statements} "
            f"statements with about {self.size.characters:,} {self.limit.unit}"
        )


def check_policy_sizes(application: Application, settings: Settings) -> Iterator[Problem]:
    """Yields a problem for each policy that exceeds a limit of AWS, at the trigger that exceeds it.

    Args:
        application: the application that the decorators declare.
        settings: the stage's settings.
    """
    for reached in _find_reached_limits(application, settings, 100):
        limit = reached.limit
        remedy = limit.remedy.format(policy=reached.policy)
        yield Problem(
            str(reached.where), str(reached), f"{limit.service} allows at most {limit.most:,}. {remedy}"
        )


def find_large_policies(application: Application, settings: Settings) -> Iterator[Notice]:
    """Yields a notice for each policy that approaches a limit of AWS.

    Args:
        application: the application that the decorators declare.
        settings: the stage's settings.
    """
    for reached in _find_reached_limits(application, settings, _NEAR):
        limit = reached.limit
        if reached.size.characters <= limit.most:
            message = f"{reached}; {limit.service} allows at most {limit.most:,}"
            yield Notice(location=reached.where, message=message)


def _find_reached_limits(application: Application, settings: Settings, hundredths: int) -> Iterator[_Reached]:
    routes_by_function = group_by_function(application.routes)
    for function in application.deployed_functions:
        routes = routes_by_function[function.name]
        name = f"{settings.name}-{function.name}" if function.name else settings.name
        effective = resolve_function_settings(function, settings)
        for limit in _LIMITS:
            measure = partial(limit.measure, application.state_machines, name, settings, effective)
            size, bound = measure(routes), limit.most * hundredths // 100
            if size.characters > bound:
                where = _locate_crossing(routes, measure, bound, effective)
                policy = effective.policy_file or f".chalice/policy-{settings.stage}.json"
                yield _Reached(limit=limit, where=where, function=name, size=size, policy=policy)


def _locate_crossing(
    routes: Sequence[Route],
    measure: Callable[[Sequence[Route]], _Size],
    bound: int,
    effective: FunctionSettings,
) -> Location:
    """Returns the location of the trigger that crosses a bound, or of the policy file if it does so alone."""
    if measure(()).characters > bound:
        return Location(file=effective.policy_file or CONFIG, line=1)
    number = bisect_right(range(1, len(routes)), bound, key=lambda count: measure(routes[:count]).characters)
    return routes[number].location


def _measure_resource_policy(
    machines: Sequence[StateMachine],
    name: str,
    settings: Settings,
    effective: FunctionSettings,
    routes: Sequence[Route],
) -> _Size:
    """Measures the function's resource-based policy, which has a statement for each source.

    https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
    """
    function = _build_arn("lambda", f"function:{name}")
    sources = dict.fromkeys(
        (route.trigger.principal, route.trigger.names_account, _build_invoker_arn(route, settings))
        for route in routes
        if route.trigger.principal
    )
    statements = [
        {
            "Sid": f"{principal.partition('.')[0]}-{_UNIQUE}",
            "Effect": "Allow",
            "Principal": {"Service": principal},
            "Action": "lambda:InvokeFunction",
            "Resource": function,
            "Condition": {
                **({"StringEquals": {"AWS:SourceAccount": "1" * 12}} if names_account else {}),
                "ArnLike": {"AWS:SourceArn": arn},
            },
        }
        for principal, names_account, arn in sources
    ]
    document = {"Version": "2012-10-17", "Id": "default", "Statement": statements}
    return _Size(len(statements), len(_dump_json(document)))


def _measure_inline_policies(
    machines: Sequence[StateMachine],
    name: str,
    settings: Settings,
    effective: FunctionSettings,
    routes: Sequence[Route],
) -> _Size:
    """Measures the policies of modules/iam and the user's policy file without white space, as IAM does."""
    if effective.iam_role_arn is not None:
        return _Size(0, 0)
    own = "".join((effective.policy or "").split())
    if effective.autogen_policy is False:
        return _Size(0, len(own))
    documents: dict[str, list[object]] = defaultdict(list)
    for concern, statement in _list_statements(machines, name, settings, effective, routes):
        number = len(documents[concern]) + 1
        sid = f"{concern.title().replace('_', '')}{'' if number == 1 else number}"
        documents[concern].append({"Sid": sid, "Effect": "Allow", **statement})
    texts = [
        _dump_json({"Version": "2012-10-17", "Statement": statements}) for statements in documents.values()
    ]
    return _Size(sum(map(len, documents.values())), len("".join([*texts, own])))


def _list_statements(
    machines: Sequence[StateMachine],
    name: str,
    settings: Settings,
    effective: FunctionSettings,
    routes: Sequence[Route],
) -> Iterator[tuple[str, dict[str, object]]]:
    """Yields the statements of the role, each with its concern."""
    allowed: dict[tuple[str, tuple[str, ...]], set[str]] = {
        ("logs", LOG_ACTIONS): {_build_arn("logs", f"log-group:/aws/lambda/{name}:*")}
    }
    for machine in machines:
        suffix = "" if machine.name == DEFAULT_MACHINE else f"-{machine.name}"
        arn = _build_arn("states", f"stateMachine:{settings.name}{suffix}")
        allowed.setdefault(("states", ("states:StartExecution",)), set()).add(arn)
        if has_callback_task(machine):
            allowed.setdefault(("states", CALLBACK_ACTIONS), set()).add(arn)
    for route in routes:
        for grant in route.trigger.grants(route.handler):
            allowed.setdefault((grant.concern, grant.actions), set()).add(_build_grant_arn(grant, settings))
    for (concern, actions), arns in allowed.items():
        yield concern, {"Action": actions, "Resource": sorted(arns)}
    for (actions, alias), arns in _group_keys(routes).items():
        condition = {"ForAnyValue:StringEquals": {"kms:ResourceAliases": [alias]}}
        yield (
            CONCERN,
            {"Action": actions, "Resource": sorted(arns), **({"Condition": condition} if alias else {})},
        )
    for need in find_needs(effective):
        statements = spell_statements(need, effective, _build_arn("lambda", f"function:{name}"))
        yield from ((need.concern, statement) for statement in statements)


def _group_keys(routes: Sequence[Route]) -> dict[tuple[tuple[str, ...], str], set[str]]:
    """Returns the ARNs of the KMS keys of the queues of a function, by the actions and the alias."""
    found: dict[tuple[tuple[str, ...], str], set[str]] = defaultdict(set)
    for uses in find_key_uses(routes).values():
        for _, actions, _, key in uses:
            if is_known(key):
                place, resource, alias = split_key(key)
                found[actions, alias].add(f"{place}:{resource}" if place else _build_arn("kms", resource))
    return found


def _build_invoker_arn(route: Route, settings: Settings) -> str:
    """Returns the ARN of the resource that invokes the function."""
    service = route.trigger.principal.partition(".")[0]
    return _build_arn(service, route.trigger.invoker(route.handler, partial(_expand_name, settings=settings)))


def _build_grant_arn(grant: Grant, settings: Settings) -> str:
    service, resource = "".join(grant.actions[:1]).partition(":")[0], grant.resource
    if isinstance(resource, str) and resource.startswith("arn:"):
        return resource
    return _build_arn(
        service,
        _format_resource(resource, settings)
        if isinstance(resource, Source)
        else _expand_name(resource, settings),
    )


def _format_resource(source: Source, settings: Settings) -> str:
    return source.arn_resource.format(_expand_name(source.name, settings))


def _expand_name(name: Name, settings: Settings) -> str:
    if isinstance(name, Variable):  # unknown, yet not what another variable holds
        return f"{spell(name):x<{_LONG}}"
    return expand_name(name, settings) if isinstance(name, Scoped) else name


def _build_arn(service: str, resource: str) -> str:
    """Returns an ARN with the partition and region that are longest together. A bucket's has no region."""
    place = ":" if service == "s3" else f"us-gov-west-1:{'1' * 12}"
    return f"arn:aws-us-gov:{service}:{place}:{resource}"


def _dump_json(document: object) -> str:
    return json.dumps(document, separators=(",", ":"))


_MOVE = 'Move handlers to a function of their own: app.function("other"), and function="other"'
_LIMITS = (
    # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    _Limit(
        what="resource-based policy",
        unit="bytes",
        most=20480,
        service="Lambda",
        measure=_measure_resource_policy,
        remedy=f"{_MOVE} from here on.",
    ),
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    _Limit(
        what="inline policies of the role",
        unit="characters",
        most=10240,
        service="IAM",
        measure=_measure_inline_policies,
        remedy=f"{_MOVE}, or shorten {{policy}}.",
    ),
)
