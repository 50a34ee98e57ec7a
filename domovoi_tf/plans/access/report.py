"""Reports the permissions that a plan changes and what is public, with the owners of the resources."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any, NamedTuple

from domovoi_tf.plans.access import roles, sentences
from domovoi_tf.plans.access.comparison import Statement, compare_grants
from domovoi_tf.plans.access.grants import ATTACHED, INLINE, PERMISSION, Hidden
from domovoi_tf.plans.access.planned_values import UNKNOWN, PlannedValues, Side
from domovoi_tf.plans.access.policies import EVERYBODY, Element
from domovoi_tf.plans.access.public import Exposure, find_exposures
from domovoi_tf.plans.access.sentences import Sentence, code, join, words
from domovoi_tf.plans.callers.instances import PlanOwners
from domovoi_tf.plans.resource_owners import Owner

_NOUNS = {
    roles.ROLE: "role",
    "aws_iam_group": "group",
    "aws_iam_policy": "policy",
    "aws_iam_user": "user",
}
_HOLDERS = {kind: holder for kind, (_, holder) in {**INLINE, **ATTACHED}.items()}
_VERBS = {
    ("managed policy", True): "now has the managed policy",
    ("managed policy", False): "no longer has the managed policy",
    ("boundary", True): "is now limited by the permissions boundary",
    ("boundary", False): "is no longer limited by the permissions boundary",
}
_REASONS = {
    "unknown": "is known after the apply",
    "sensitive": "changes, and is sensitive",
    "unreadable": "changes, and cannot be read",
}


class Line(NamedTuple):
    """A permission, or something public.

    Args:
        owner: the owner of the resource.
        subject: who it is about, if that is not the owner.
        predicate: the rest of the sentence.
        document: the same for JSON.
        handlers: the handlers of the owner, if it is a function.
    """

    owner: Owner
    subject: Sentence
    predicate: Sentence
    document: Mapping[str, Any]
    handlers: tuple[str, ...] = ()

    @property
    def sentence(self) -> Sentence:
        """The sentence, without the owner."""
        return join(self.subject, self.predicate)


class Report(NamedTuple):
    """The permissions that a plan adds and removes, and what is public after it, or no longer."""

    permissions: tuple[Line, ...] = ()
    public: tuple[Line, ...] = ()


class _Holder(NamedTuple):
    """The principal that has a policy: its owner, and its name; none if it is the role of a function."""

    owner: Owner
    name: Sentence


def report_access(plan: Mapping[str, Any], owners: PlanOwners) -> Report:
    """Returns the permissions that a plan changes, statement by statement, and what is public.

    Args:
        plan: the output of ``terraform show -json``.
        owners: the owners of its resources.
    """
    reporter = _Reporter(PlannedValues(plan, owners.folders), owners)
    comparison = compare_grants(reporter.values)
    statements = [reporter.describe_statement(each) for each in comparison.statements]
    hidden = [reporter.describe_hidden(each) for each in comparison.hidden]
    exposures = [reporter.describe_exposure(each) for each in find_exposures(reporter.values, comparison)]
    return Report(_sort_lines([*statements, *hidden]), _sort_lines(exposures))


def build_documents(report: Report) -> dict[str, Any]:
    """Returns a report for JSON: ``permissions`` and ``public``."""
    return {
        name: [dict(line.document) for line in lines]
        for name, lines in (("permissions", report.permissions), ("public", report.public))
    }


def list_changed_exposures(report: Report) -> tuple[Line, ...]:
    """Returns what becomes public, or no longer is."""
    return tuple(line for line in report.public if line.document["change"] != "kept")


def _sort_lines(lines: Iterable[Line]) -> tuple[Line, ...]:
    def get_key(line: Line) -> tuple[Any, str]:
        return line.owner.sort_key, sentences.format_text(line.sentence)

    return tuple(sorted(lines, key=get_key))


class _Reporter:
    """Describes permissions with the owners in a plan."""

    def __init__(self, values: PlannedValues, owners: PlanOwners) -> None:
        self.values = values
        self._owners = owners

    def describe_statement(self, statement: Statement) -> Line:
        """Returns the line of permissions that are added or removed."""
        relation, source = statement.grant.relation, statement.grant.source
        if relation == "resource policy":
            targets = sentences.describe_elements(statement.resources)
            use = _describe_permission(statement, targets, in_words=source["type"] == PERMISSION)
            subject = _name_principal(statement)
            return self._make_line(self._find_owner(source), subject, use, _build_document(statement))
        holder = self._find_holder(statement)
        title = holder.name or words("its role")
        document = {**_build_document(statement), "holder": sentences.format_text(title)}
        if relation == "trust":
            use = _describe_permission(statement, title, in_words=True)
            return self._make_line(holder.owner, _name_principal(statement), use, document)
        predicate: Sentence
        if relation == "policy":
            targets = sentences.describe_elements(statement.resources)
            predicate = _describe_permission(statement, targets, in_words=False)
        else:
            verb = words(_VERBS[relation, statement.is_added])
            predicate = join(verb, code(statement.grant.policy))
        return self._make_line(holder.owner, holder.name, predicate, document)

    def describe_hidden(self, hidden: Hidden) -> Line:
        """Returns the line of a policy whose statements cannot be shown."""
        address = hidden.source["address"]
        expressions = self.values.configuration.get_expressions(hidden.source) or {}
        targets = self.values.trace_expression(hidden.source, expressions.get(hidden.attribute))
        references = [*dict.fromkeys(each.address for each in targets)]
        predicate = join(words(f"{_REASONS[hidden.reason]}:"), code(address))
        if references and hidden.reason == "unknown":
            predicate = (*join(predicate, words("(refers to"), code(*references)), *words(")"))
        document = {"change": hidden.reason, "relation": hidden.relation, "refers_to": references}
        subject = words(f"the {hidden.relation}")
        line = self._make_line(self._find_owner(hidden.source), subject, predicate, document)
        return line._replace(document={**line.document, "address": address})

    def describe_exposure(self, exposure: Exposure) -> Line:
        """Returns the line of something public."""
        owner = self._owners.find_owner(exposure.module, exposure.type)
        document = {"change": exposure.change, "address": exposure.address}
        prefix = {"added": words("new: "), "removed": words("no longer: ")}.get(exposure.change, ())
        return self._make_line(owner, (), (*prefix, *exposure.text), document)

    def _make_line(
        self, owner: Owner, subject: Sentence, predicate: Sentence, document: Mapping[str, Any]
    ) -> Line:
        text = sentences.format_text(join(subject, predicate))
        whole = {"owner": owner.document, **document, "text": text}
        handlers = self._owners.list_handlers(owner) if owner.kind == "function" else ()
        return Line(owner, subject, predicate, whole, handlers)

    def _find_owner(self, resource: Mapping[str, Any]) -> Owner:
        return self._owners.find_owner(resource.get("module_address", ""), resource["type"])

    def _find_holder(self, statement: Statement) -> _Holder:
        """Returns the role, user or group of a policy; for the role of a function only its owner."""
        grant = statement.grant
        resource = self.values.find(grant.holder)
        if resource is None:  # another plan creates it
            noun = _NOUNS.get(_HOLDERS.get(grant.source["type"], ""), "role")
            return _Holder(self._find_owner(grant.source), join(words(f"the {noun}"), code(grant.holder)))
        owner = self._find_owner(resource)
        if owner.kind == "function" and resource["type"] == roles.ROLE:
            return _Holder(self._name_function(owner), ())
        side: Side = "after" if self.values.has_side(resource, "after") else "before"
        name = self.values.get_text(resource, side, "name")
        name = grant.holder if name in ("", UNKNOWN) else name
        return _Holder(owner, join(words(f"the {_NOUNS[resource['type']]}"), code(name)))

    def _name_function(self, function: Owner) -> Owner:
        """Returns the only handler of a function in its place."""
        handlers = self._owners.list_handlers(function)
        if len(handlers) != 1 or self._owners.has_machines(function):
            return function
        return Owner("handler", handlers[0], function.instance)


def _name_principal(statement: Statement) -> Sentence:
    return sentences.describe_principal(statement.principal or Element((EVERYBODY,)))


def _describe_permission(statement: Statement, targets: Sentence, in_words: bool) -> Sentence:
    predicate = sentences.describe_permission(
        statement.effect, statement.actions, targets, statement.is_added, in_words
    )
    return join(predicate, sentences.describe_conditions(statement.conditions))


def _build_document(statement: Statement) -> dict[str, Any]:
    grant = statement.grant
    document: dict[str, Any] = {
        "change": "added" if statement.is_added else "removed",
        "relation": grant.relation,
        "address": grant.source["address"],
    }
    if grant.policy:
        return {**document, "policy": grant.policy}
    return {
        **document,
        "effect": statement.effect,
        **({"principal": _list_names([statement.principal])} if statement.principal else {}),
        "actions": _list_names(statement.actions),
        "resources": _list_names(statement.resources),
        "conditions": [each._asdict() for each in statement.conditions],
    }


def _list_names(elements: Iterable[Element]) -> list[str]:
    """Returns the values of elements; those of an excluded one with an exclamation mark."""
    return [f"!{value}" if each.is_excluded else value for each in elements for value in each.values]
