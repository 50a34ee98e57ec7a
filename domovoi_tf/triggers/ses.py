"""Mail that SES receives: receipt rules.

https://docs.aws.amazon.com/ses/latest/dg/receiving-email-action-lambda.html
"""

from __future__ import annotations

import json
from contextlib import suppress

from ..model.names import Scoped, Variable, resolve
from ..model.trigger import EventRequest, Limit, Trigger, spell
from ._shared.mail_event import make_lambda_action, make_mail
from ._shared.mail_recipients import (
    ALL,
    KEY,
    RECIPIENT,
    check_recipients,
    list_covering,
    list_matched,
    make_address,
    spell_recipient,
)

TYPE_CHECKING = False
if TYPE_CHECKING:
    from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
    from typing import Any

    from ..model.application import KeyedRoutes, RouteProblems
    from ..model.names import Name
    from ..model.trigger import ResourceType, Route

    Rule = tuple[Route, "Ses"]

RULE = Limit(
    noun="receipt rule name",
    pattern=r"([A-Za-z0-9_][A-Za-z0-9_.-]*)?[A-Za-z0-9]",
    max_length=64,
    allowed="letters, digits, ., - and _ between letters or digits",
)
RULE_SET = Limit(
    noun="receipt rule set name",
    pattern=r"[A-Za-z0-9]([A-Za-z0-9_-]*[A-Za-z0-9])?",
    max_length=64,
    allowed="letters, digits, - and _ between letters or digits",
)


class Ses(Trigger):
    """A receipt rule."""

    rule_set_name: Name
    recipients: Sequence[str | Variable] | None = None
    after: Name | None = None
    scan: bool = True
    tls: bool = False

    kind = "ses"
    principal = "ses.amazonaws.com"
    names_account = True

    @classmethod
    def resource_types(cls) -> tuple[ResourceType, ...]:
        from ._shared import resources

        return (resources.RECEIPT_RULE, resources.PERMISSION)

    def key(self, handler: str, environ: Mapping[str, str] | None = None) -> str:
        return KEY

    def subject(self, handler: str) -> object:
        return f"rule {handler} of the rule set {spell(self.rule_set_name)}"

    def describe(self) -> str:
        shown = [spell_recipient(each) for each in self._list()[:3]]
        more = [f"{len(self._list()) - 3} more"] if len(self._list()) > 3 else []
        return f"mail to {', '.join([*shown, *more]) or 'all recipients'}"

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
        yield from ((RECIPIENT, each) for each in self._list() if isinstance(each, Variable))

    def problems(self) -> Iterator[tuple[str, str]]:
        if self.recipients is not None:
            yield from check_recipients(self.recipients)
        for name in ("scan", "tls"):
            value = getattr(self, name)
            if not isinstance(value, bool):
                yield f"{name} is {value!r}", "Give True or False."

    def conditions(self, environ: Mapping[str, str] | None = None) -> list[str]:
        """Returns what a recipient has to be, in lower case: an address, a domain, or ``ALL``."""
        return [ALL] if self.recipients is None else [resolve(each, environ).lower() for each in self._list()]

    def spelled(self) -> list[str]:
        """Returns the same as declared, where Terraform supplies a value."""
        return [ALL] if self.recipients is None else [spell_recipient(each).lower() for each in self._list()]

    def sample(self) -> Any:
        return {"subject": "hello"}

    def event(self, request: EventRequest) -> dict[str, Any]:
        from ._shared.sample_envelope import TIME, make_function_arn, make_id, merge_fields

        address = make_address(self.conditions(request.environ)[0])
        mail = merge_fields(
            make_mail(address, request.payload, f"{TIME}.000Z", make_id(request.number)),
            make_lambda_action(make_function_arn(request.environ)),
        )
        record = {"eventSource": "aws:ses", "eventVersion": "1.0", "ses": merge_fields(mail, request.fields)}
        return {"Records": [record]}

    def send(self, client: Callable[[str], Any], deployed: Mapping[str, str], handler: str, data: str) -> str:
        functions, name = client("lambda"), deployed["AWS_LAMBDA_FUNCTION_NAME"]
        arn = functions.get_function_configuration(FunctionName=name)["FunctionArn"]
        request = EventRequest(
            handler=handler, payload=json.loads(data), environ=deployed, fields=make_lambda_action(arn)
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

    def _list(self) -> Sequence[str | Variable]:
        given = self.recipients
        return (
            [e for e in given if isinstance(e, (str, Variable))] if isinstance(given, (list, tuple)) else []
        )


def email_receipt_handler(
    recipients: Sequence[str | Variable] | None = None,
    *,
    rule_set_name: Name,
    after: Name | None = None,
    scan: bool = True,
    tls: bool = False,
    function: str = "",
) -> Ses:
    """Calls the handler with the mail that SES receives.

    Args:
        recipients: ``user@example.com``, ``example.com`` for all its addresses, ``.example.com`` for those of
            its subdomains, or ``variable("name")`` that holds one of these; all of the account if missing.
        rule_set_name: an existing rule set: its name, ``scoped("name")`` or ``variable("name")``.
        after: the rule that this one follows: its name, ``variable("name")``, or ``scoped("handler")`` for
            that of another handler of the app; the rule is the first of its set if missing.
        scan: whether SES looks for spam and viruses, and says in the event what it found.
        tls: whether mail is refused that does not come over an encrypted connection.
        function: the Lambda function, declared with ``app.function``; the default one if empty.

    https://docs.aws.amazon.com/ses/latest/APIReference/API_ReceiptRule.html
    """
    return Ses(
        recipients=recipients,
        rule_set_name=rule_set_name,
        after=after,
        scan=scan,
        tls=tls,
        function=function,
    )


declare = email_receipt_handler


def identify(record: Mapping[str, Any]) -> tuple[str, ...]:
    """Returns the key of all mail, or nothing where the record is not from SES."""
    return (KEY,) if record.get("eventSource") == "aws:ses" else ()


def choose(routes: Sequence[tuple[Ses, Any]], record: Mapping[str, Any]) -> Any:
    """Returns the handler whose rule matched the record's recipients, the most specific first."""
    declared = [(trigger.conditions(), handler) for trigger, handler in routes]
    matches = [each for address in list_matched(record) for each in list_covering(address.lower())]
    for condition in (*matches, ALL):
        for conditions, handler in declared:
            if condition in conditions:
                return handler
    return None


def find_conflicts(keyed: KeyedRoutes, functions: Iterable[str]) -> RouteProblems:
    """Yields the routes whose receipt rules overlap with others, or are ordered in a circle."""
    rules = [(route, route.trigger) for route, _ in keyed if isinstance(route.trigger, Ses)]
    yield from _overlaps(rules)
    app = min(functions, key=len)  # the others have it before their own name
    placed: dict[tuple[str, str], Rule] = {}
    for rule in rules:
        placed.setdefault((spell(rule[1].rule_set_name), rule[0].handler), rule)
    for rule in rules:
        yield from _wrong_after(*rule, placed, app)
    yield from _circles(placed)


def _overlaps(rules: Iterable[Rule]) -> Iterator[tuple[Route, str, str]]:
    """Finds handlers of one function that get the same mail: no event says which of them is meant."""
    declared: dict[tuple[str, str], Route] = {}
    covered: dict[tuple[str, str], tuple[Route, str]] = {}
    for route, trigger in rules:
        function, seen = trigger.function, {route.handler}
        for condition in trigger.spelled():
            wider = [(function, each) for each in (*list_covering(condition), ALL)]
            found = [(declared[each], condition) for each in wider if each in declared]
            found += [covered[function, condition]] if (function, condition) in covered else []
            for earlier, both in found:
                if earlier.handler not in seen:
                    seen.add(earlier.handler)
                    yield (
                        route,
                        f"{route.handler} and {earlier.handler} ({earlier.location}) "
                        f"both get the mail to {both or 'all recipients'}",
                        "SES says for whom a mail is, and not by which rule it comes. "
                        "Give one of them a function of its own with function=.",
                    )
        for condition in trigger.spelled():
            declared.setdefault((function, condition), route)
            for each in (*list_covering(condition), ALL):
                covered.setdefault((function, each), (route, condition))


def _wrong_after(
    route: Route, trigger: Ses, placed: Mapping[tuple[str, str], Rule], app: str
) -> Iterator[tuple[Route, str, str]]:
    rule_set, after = spell(trigger.rule_set_name), trigger.after
    handlers = sorted(handler for name, handler in placed if name == rule_set and handler != route.handler)
    if isinstance(after, Scoped) and (rule_set, after.name) not in placed:
        known = " or ".join(f"scoped({handler!r})" for handler in handlers)
        yield (
            route,
            f"after is {spell(after)}, and no handler {after.name} has a rule in the rule set {rule_set}",
            f"{f'Write {known}, or give' if known else 'Give'} the name of another's rule as it is.",
        )
    for handler in handlers:
        if after == f"{app}-{handler}":
            yield (
                route,
                f"after is {after!r}, the rule of the app's own handler {handler}",
                f"Write scoped({handler!r}): Terraform then makes that rule first.",
            )


def _circles(placed: Mapping[tuple[str, str], Rule]) -> Iterator[tuple[Route, str, str]]:
    followed = {
        (rule_set, handler): (rule_set, trigger.after.name)
        for (rule_set, handler), (_, trigger) in placed.items()
        if isinstance(trigger.after, Scoped)
    }
    done: set[tuple[str, str]] = set()
    for start in followed:
        way, at = [], start
        while at in followed and at not in done:
            done.add(at)
            way.append(at)
            at = followed[at]
        circle = [handler for _, handler in way[way.index(at) :]] if at in way else []
        if len(circle) == 1:
            yield placed[at][0], f"the receipt rule of {circle[0]} follows itself", "Leave out after=."
        elif circle:
            names = f"{', '.join(circle[:-1])} and {circle[-1]}"
            yield (
                placed[at][0],
                f"the receipt rules of {names} follow one another in a circle",
                "Leave out after= of one of them.",
            )
