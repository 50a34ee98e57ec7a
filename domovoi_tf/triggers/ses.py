"""Receipt rules of SES, for received email.

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda.html
"""

from __future__ import annotations

import json
from contextlib import suppress

from ..model.names import Scoped, Variable, resolve
from ..model.trigger import Limit, Trigger, spell
from ._shared.mail_event import make_lambda_action, make_mail
from ._shared.mail_recipients import (
    ALL,
    KEY,
    RECIPIENT,
    check_recipients,
    find_by_recipients,
    list_covering,
    make_address,
    spell_recipient,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from ..model.application import KeyedRoutes, RouteProblems
    from ..model.event_request import EventRequest, SentPayload
    from ..model.names import Name
    from ..model.quota import QuotaUse
    from ..model.resource_type import ResourceType
    from ..model.trigger import Route

    Rule = tuple[Route, "Ses"]

RULE = Limit(
    noun="receipt rule name",
    pattern=r"([A-Za-z0-9_][A-Za-z0-9_.-]*)?[A-Za-z0-9]",
    max_length=64,
    allowed="letters, digits, ., - and _ between letters or digits",
    whole_pattern=r"[A-Za-z0-9]([A-Za-z0-9_.-]*[A-Za-z0-9])?",
)
_SET = r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?"
_SET_CHARACTERS = "letters, digits, - and _ between letters or digits"
RULE_SET = Limit(noun="receipt rule set name", pattern=_SET, max_length=64, allowed=_SET_CHARACTERS)
REMEDIES = {"recipients": 'Write recipients=["user@example.com"].'}  # for values of wrong types, by argument


class Ses(Trigger):
    """A receipt rule of SES."""

    rule_set_name: Name
    recipients: Sequence[str | Variable] | None = None
    after: Name | None = None
    scan: bool = True
    tls: bool = False

    kind = "ses"
    cost, ending = "mail in between does not reach the handler", "further mail does not reach the handler"
    emulator_gap, principal = "The emulator delivers no mail.", "ses.amazonaws.com"
    names_account, label_source = True, ("all_recipients", "recipients")

    @classmethod
    def resource_types(cls) -> tuple[ResourceType, ...]:
        from ._shared import resources

        return (resources.RECEIPT_RULE, resources.PERMISSION)

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return KEY

    def subject(self, handler: str) -> object:
        return f"rule {handler} of the rule set {spell(self.rule_set_name)}"

    def spell_source(self) -> str:
        return f"{', '.join(self.spell_conditions())} {spell(self.rule_set_name)}"

    def describe(self) -> str:
        recipients = [spell_recipient(each) for each in self._list_recipients()]
        rest = [f"{len(recipients) - 3} more"] if len(recipients) > 3 else []
        return f"mail to {', '.join([*recipients[:3], *rest]) or 'all recipients'}"

    def invoker(self, handler: str, name_on_aws: Callable[[Name], str]) -> str:
        rule_set = name_on_aws(self.rule_set_name)
        return f"receipt-rule-set/{rule_set}:receipt-rule/{name_on_aws(Scoped(name=handler))}"

    def arguments(self, handler: str) -> dict[str, Any]:
        return {
            "name": Scoped(name=handler),
            "rule_set_name": self.rule_set_name,
            "recipients": self.recipients,
            "after": self.after,
            "scan": self.scan,
            "tls": self.tls,
        }

    def names(self, handler: str) -> Iterable[tuple[Limit, Name]]:
        yield RULE, Scoped(name=handler)
        yield RULE_SET, self.rule_set_name
        if self.after is not None:
            yield RULE, self.after
        yield from ((RECIPIENT, each) for each in self._list_recipients() if isinstance(each, Variable))

    def list_quotas(self, handler: str) -> Iterator[QuotaUse]:
        from ._quotas.service_quotas import RECEIPT_RULES

        yield RECEIPT_RULES.count_for(f"the receipt rule set {spell(self.rule_set_name)}")

    def problems(self) -> Iterator[tuple[str, str]]:
        if self.recipients is not None:
            yield from check_recipients(self.recipients)

    def list_conditions(self, environ: Mapping[str, str] | None = None) -> list[str]:
        """Returns the conditions on recipients in lower case: addresses, domains, or ``ALL``."""
        if self.recipients is None:
            return [ALL]
        return [resolve(each, environ).lower() for each in self._list_recipients()]

    def spell_conditions(self) -> list[str]:
        """Returns the conditions on recipients, with variables as they are written in the app."""
        if self.recipients is None:
            return [ALL]
        return [spell_recipient(each).lower() for each in self._list_recipients()]

    def sample(self) -> Any:
        return {"subject": "hello"}

    def event(self, request: EventRequest) -> dict[str, Any]:
        from ._shared.sample_envelope import TIME, make_function_arn, make_id, merge_fields

        address = make_address(self.list_conditions(request.environ)[0])
        mail = merge_fields(
            make_mail(address, request.payload, f"{TIME}.000Z", make_id(request.number)),
            make_lambda_action(make_function_arn(request.environ)),
        )
        record = {"eventSource": "aws:ses", "eventVersion": "1.0", "ses": merge_fields(mail, request.fields)}
        return {"Records": [record]}

    def send(
        self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, payload: SentPayload
    ) -> str:
        from ..model.event_request import EventRequest

        functions, name = client("lambda"), deployed["AWS_LAMBDA_FUNCTION_NAME"]
        arn = functions.get_function_configuration(FunctionName=name)["FunctionArn"]
        request = EventRequest(
            handler=handler, payload=payload.value, environ=deployed, fields=make_lambda_action(arn)
        )
        event = self.event(request)
        functions.invoke(FunctionName=name, InvocationType="Event", Payload=json.dumps(event))
        return f"invoked {name} as the receipt rule of {handler} would"

    def prepare(self, client: Callable[[str], Any], deployed: Mapping[str, str]) -> None:
        if isinstance(self.rule_set_name, Variable):
            return
        ses, name = client("ses"), resolve(self.rule_set_name, deployed)
        with suppress(ses.exceptions.AlreadyExistsException):
            ses.create_receipt_rule_set(RuleSetName=name)
        if isinstance(self.after, str):
            with suppress(ses.exceptions.AlreadyExistsException):
                ses.create_receipt_rule(RuleSetName=name, Rule={"Name": self.after})

    def _list_recipients(self) -> Sequence[str | Variable]:
        return self.recipients or []


def email_receipt_handler(
    recipients: Sequence[str | Variable] | None = None,
    *,
    rule_set_name: Name,
    after: Name | None = None,
    scan: bool = True,
    tls: bool = False,
    function: str = "",
    name: str | None = None,
) -> Ses:
    """Calls the handler with the email that SES receives.

    Args:
        recipients: ``user@example.com``, ``example.com`` for its addresses, ``.example.com`` for those of its
            subdomains, or ``variable("name")`` for one of these; at most 500 (default: all).
        rule_set_name: the name of an existing receipt rule set, ``scoped("name")`` or ``variable("name")``.
        after: the receipt rule that this one follows: its name, ``variable("name")``, or
            ``scoped("handler")`` for the rule of another handler of the app (default: the rule is the first
            of its set).
        scan: whether SES scans email for spam and viruses; the event has the results.
        tls: whether SES rejects email that does not arrive over a connection with TLS.
        function: the Lambda function, declared with ``app.function`` (default: the app's default function).
        name: the handler's name in commands and on AWS (default: the name of the Python function).

    https://docs.aws.amazon.com/ses/latest/APIReference/API_ReceiptRule.html
    """
    return Ses(
        recipients=recipients,
        rule_set_name=rule_set_name,
        after=after,
        scan=scan,
        tls=tls,
        function=function,
        handler_name=name,
    )


declare = email_receipt_handler


def identify(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the key of every email, or no key if the record is not from SES."""
    return (KEY,) if record.get("eventSource") == "aws:ses" else ()


def make_chooser(routes: Sequence[tuple[Ses, Any]]) -> Callable[[Mapping[str, Any]], Any]:
    """Returns a function that finds the handler with the most specific condition on a record's recipients."""
    return find_by_recipients(routes)


def find_conflicts(keyed: KeyedRoutes, functions: Iterable[str]) -> RouteProblems:
    """Yields the routes whose receipt rules overlap, or follow unknown rules or one another in a circle."""
    rules = [(route, route.trigger) for route, _ in keyed if isinstance(route.trigger, Ses)]
    yield from _find_overlaps(rules)
    app = min(functions, key=len)  # the prefix of all other names
    rules_by_name: dict[tuple[str, str], Rule] = {}
    for rule in rules:
        rules_by_name.setdefault((spell(rule[1].rule_set_name), rule[0].handler), rule)
    for rule in rules:
        yield from _check_after(*rule, rules_by_name, app)
    yield from _find_circles(rules_by_name)


def _find_overlaps(rules: Iterable[Rule]) -> RouteProblems:
    """Yields the handlers of one function that match the same email, which events do not tell apart."""
    declared: dict[tuple[str, str], Route] = {}
    covered: dict[tuple[str, str], tuple[Route, str]] = {}
    for route, trigger in rules:
        function, seen = trigger.function, {route.handler}
        for condition in trigger.spell_conditions():
            wider = [(function, each) for each in (*list_covering(condition), ALL)]
            overlaps = [(declared[each], condition) for each in wider if each in declared]
            overlaps += [covered[function, condition]] if (function, condition) in covered else []
            for earlier, both in overlaps:
                if earlier.handler not in seen:
                    seen.add(earlier.handler)
                    yield (
                        route,
                        f"{route.handler} and {earlier.handler} ({earlier.location}) "
                        f"both get the mail to {both or 'all recipients'}",
                        "Events name the recipients, not the receipt rule. "
                        "Move one of the handlers to another function with function=.",
                    )
        for condition in trigger.spell_conditions():
            declared.setdefault((function, condition), route)
            for each in (*list_covering(condition), ALL):
                covered.setdefault((function, each), (route, condition))


def _check_after(
    route: Route, trigger: Ses, rules: Mapping[tuple[str, str], Rule], app: str
) -> RouteProblems:
    rule_set, after = spell(trigger.rule_set_name), trigger.after
    handlers = sorted(handler for name, handler in rules if name == rule_set and handler != route.handler)
    if isinstance(after, Scoped) and (after.form or (rule_set, after.name) not in rules):
        choices = "".join(f"scoped({handler!r}), " for handler in handlers)
        yield (
            route,
            f"after is {spell(after)}, and no handler {after.name} has a rule in the rule set {rule_set}",
            f"Use {choices}{'or ' if choices else ''}the full name of a rule that the app does not own.",
        )
    for handler in handlers:
        if after == f"{app}-{handler}":
            problem = f"after is {after!r}, which is the rule of the app's handler {handler}"
            yield route, problem, f"Write scoped({handler!r}), so that Terraform creates that rule first."


def _find_circles(rules: Mapping[tuple[str, str], Rule]) -> RouteProblems:
    previous = {
        (rule_set, handler): (rule_set, trigger.after.name)
        for (rule_set, handler), (_, trigger) in rules.items()
        if isinstance(trigger.after, Scoped)
    }
    visited: set[tuple[str, str]] = set()
    for start in previous:
        path, at = [], start
        while at in previous and at not in visited:
            visited.add(at)
            path.append(at)
            at = previous[at]
        circle = [handler for _, handler in path[path.index(at) :]] if at in path else []
        if len(circle) == 1:
            yield rules[at][0], f"the receipt rule of {circle[0]} follows itself", "Remove its after=."
        elif circle:
            names = f"{', '.join(circle[:-1])} and {circle[-1]}"
            problem = f"the receipt rules of {names} follow one another in a circle"
            yield rules[at][0], problem, "Remove after= from one of them."
