"""How large the policies of a function and of its role get, which AWS limits.

The sizes are upper estimates: the app does not know its region and account, so the longest are taken.
"""

from __future__ import annotations

import json
from bisect import bisect_right
from collections import defaultdict
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from domovoi_tf.errors import Problem
from domovoi_tf.model.application import Application
from domovoi_tf.model.declarations import Location, Notice, StateMachine
from domovoi_tf.model.names import DEFAULT_MACHINE, Scoped, Variable
from domovoi_tf.model.trigger import Grant, Route, Source, spell
from domovoi_tf.settings import CONFIG, FunctionSettings, Settings
from domovoi_tf.settings.effective import effective
from domovoi_tf.state_machines.service_permissions import CALLBACK_ACTIONS, has_callback_task
from domovoi_tf.validation.execution_role import needs

if TYPE_CHECKING:
    from domovoi_tf.model.names import Name

#: For a name that Terraform supplies: as long as a queue's may be.
_LONG = 80
#: What the provider adds to a statement_id_prefix: the time and a counter.
_UNIQUE = "x" * 26
#: In hundredths of a limit: from here on it is worth knowing.
_NEAR = 80


class _Size(NamedTuple):
    statements: int
    characters: int


@dataclass(frozen=True)
class _Limit:
    """A limit of AWS, and how an app's part of it is measured."""

    what: str
    unit: str
    most: int
    service: str
    measure: Callable[[Sequence[StateMachine], str, Settings, FunctionSettings, Sequence[Route]], _Size]
    remedy: str


@dataclass(frozen=True)
class _Reached:
    """A limit that a function reaches, where its triggers do, and the policy file that counts towards it."""

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


def policy_problems(application: Application, settings: Settings) -> Iterator[Problem]:
    """Yields the policies that AWS would refuse for their size, each at the trigger that is one too many.

    Args:
        application: what the decorators declared.
        settings: the stage's settings.
    """
    for reached in _reached(application, settings, 100):
        limit = reached.limit
        remedy = limit.remedy.format(stage=settings.stage, policy=reached.policy)
        yield Problem(
            str(reached.where), str(reached), f"{limit.service} takes at most {limit.most:,}. {remedy}"
        )


def policy_warnings(application: Application, settings: Settings) -> Iterator[Notice]:
    """Yields the policies that come near to AWS's limits.

    Args:
        application: what the decorators declared.
        settings: the stage's settings.
    """
    for reached in _reached(application, settings, _NEAR):
        limit = reached.limit
        if reached.size.characters <= limit.most:
            message = f"{reached}, of the {limit.most:,} that {limit.service} takes"
            yield Notice(location=reached.where, message=message)


def _reached(application: Application, settings: Settings, hundredths: int) -> Iterator[_Reached]:
    for function in application.functions:
        routes = [route for route in application.routes if route.trigger.function == function.name]
        name = f"{settings.name}-{function.name}" if function.name else settings.name
        for limit in _LIMITS:
            said = effective(function, settings)
            measure = partial(limit.measure, application.state_machines, name, settings, said)
            size, bound = measure(routes), limit.most * hundredths // 100
            if size.characters > bound:
                where = _crossing(routes, measure, bound, said)
                policy = said.policy_file or f".chalice/policy-{settings.stage}.json"
                yield _Reached(limit=limit, where=where, function=name, size=size, policy=policy)


def _crossing(
    routes: Sequence[Route], measure: Callable[[Sequence[Route]], _Size], bound: int, said: FunctionSettings
) -> Location:
    """Returns where the trigger stands that crosses a bound, or the policy file that does so alone."""
    if measure(()).characters > bound:
        return Location(file=said.policy_file or CONFIG, line=1)
    number = bisect_right(range(1, len(routes)), bound, key=lambda some: measure(routes[:some]).characters)
    return routes[number].location


def _resource_policy(
    machines: Sequence[StateMachine],
    name: str,
    settings: Settings,
    said: FunctionSettings,
    routes: Sequence[Route],
) -> _Size:
    """Measures the document that Lambda keeps: a statement for each source that may invoke the function.

    https://docs.aws.amazon.com/lambda/latest/dg/access-control-resource-based.html
    """
    function = _arn("lambda", f"function:{name}")
    sources = dict.fromkeys(
        (route.trigger.principal, route.trigger.names_account, _invoker(route, settings))
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
    return _Size(len(statements), len(_json(document)))


def _inline_policies(
    machines: Sequence[StateMachine],
    name: str,
    settings: Settings,
    said: FunctionSettings,
    routes: Sequence[Route],
) -> _Size:
    """Measures what modules/iam writes, and the user's policy file, as IAM does: without white space."""
    if said.iam_role_arn is not None:
        return _Size(0, 0)
    own = "".join((said.policy or "").split())
    if said.autogen_policy is False:
        return _Size(0, len(own))
    logs = ("logs:CreateLogStream", "logs:PutLogEvents")
    allowed: dict[tuple[str, tuple[str, ...]], set[str]] = {
        ("", logs): {_arn("logs", f"log-group:/aws/lambda/{name}:*")}
    }
    for machine in machines:
        suffix = "" if machine.name == DEFAULT_MACHINE else f"-{machine.name}"
        arn = _arn("states", f"stateMachine:{settings.name}{suffix}")
        allowed.setdefault(("states", ("states:StartExecution",)), set()).add(arn)
        if has_callback_task(machine):
            allowed.setdefault(("states", CALLBACK_ACTIONS), set()).add(arn)
    for route in routes:
        for grant in route.trigger.grants(route.handler):
            allowed.setdefault((grant.concern, grant.actions), set()).add(_granted(grant, settings))
    for need in needs(said):
        allowed.setdefault((need.concern, need.actions), set()).update(need.resources)
    documents: dict[str, list[object]] = defaultdict(list)
    for (concern, actions), arns in allowed.items():
        statement = {"Action": actions, "Effect": "Allow", "Resource": sorted(arns)}
        documents[concern].append(statement)
    texts = [_json({"Version": "2012-10-17", "Statement": some}) for some in documents.values()]
    return _Size(len(allowed), len("".join([*texts, own])))


def _invoker(route: Route, settings: Settings) -> str:
    """Returns the ARN of what invokes the function."""
    service = route.trigger.principal.partition(".")[0]
    return _arn(service, route.trigger.invoker(route.handler, partial(_whole, settings=settings)))


def _granted(grant: Grant, settings: Settings) -> str:
    service, resource = "".join(grant.actions[:1]).partition(":")[0], grant.resource
    if isinstance(resource, str) and resource.startswith("arn:"):
        return resource
    return _arn(
        service, _resource(resource, settings) if isinstance(resource, Source) else _whole(resource, settings)
    )


def _resource(source: Source, settings: Settings) -> str:
    return source.arn_resource.format(_whole(source.name, settings))


def _whole(name: Name, settings: Settings) -> str:
    if isinstance(name, Variable):  # unknown, yet not what another variable holds
        return f"{spell(name):x<{_LONG}}"
    return f"{settings.name}-{name.name}" if isinstance(name, Scoped) else name


def _arn(service: str, resource: str) -> str:
    """Returns an ARN with the partition and region that are longest together. A bucket's has no region."""
    place = ":" if service == "s3" else f"us-gov-west-1:{'1' * 12}"
    return f"arn:aws-us-gov:{service}:{place}:{resource}"


def _json(document: object) -> str:
    return json.dumps(document, separators=(",", ":"))


_MOVE = 'Move handlers to a function of their own: app.function("other"), and function="other"'
_LIMITS = (
    # https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    _Limit(
        what="resource-based policy",
        unit="bytes",
        most=20480,
        service="Lambda",
        measure=_resource_policy,
        remedy=f"{_MOVE} from here on.",
    ),
    # https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_iam-quotas.html
    _Limit(
        what="inline policies of the role",
        unit="characters",
        most=10240,
        service="IAM",
        measure=_inline_policies,
        remedy=f"{_MOVE}, or shorten {{policy}}.",
    ),
)
