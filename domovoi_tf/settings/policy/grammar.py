"""Checks identity-based IAM policies against the grammar of the policy language.

https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_grammar.html
"""

from __future__ import annotations

import difflib
import re
from collections.abc import Callable, Iterator, Mapping

from domovoi_tf.errors import RenderError
from domovoi_tf.hcl.syntax import check_text
from domovoi_tf.system.reading.json_nodes import Node
from domovoi_tf.system.records import Record

_OLD_VERSION, _VERSIONS = "2008-10-17", ("2012-10-17", "2008-10-17")
_DOCUMENT = ("Version", "Id", "Statement")
_STATEMENT = ("Sid", "Effect", "Action", "NotAction", "Resource", "NotResource", "Condition")
_PRINCIPAL = ("Principal", "NotPrincipal")
_SID = re.compile("[A-Za-z0-9]*")
_ACTION = re.compile(r"\*|[A-Za-z0-9-]+:[A-Za-z0-9*?]+")
#: Six fields, of which any may have wildcards and variables.
_ARN = re.compile(r"arn:([^:\s$]|\$\{[^}]*\})+(:([^:\s$]|\$\{[^}]*\})*){3}:[^\s]+")
#: https://docs.aws.amazon.com/IAM/latest/UserGuide/reference_policies_elements_condition_operators.html
_OPERATORS = frozenset(
    """
    StringEquals StringNotEquals StringEqualsIgnoreCase StringNotEqualsIgnoreCase StringLike StringNotLike
    NumericEquals NumericNotEquals NumericLessThan NumericLessThanEquals NumericGreaterThan
    NumericGreaterThanEquals DateEquals DateNotEquals DateLessThan DateLessThanEquals DateGreaterThan
    DateGreaterThanEquals Bool BinaryEquals IpAddress NotIpAddress ArnEquals ArnLike ArnNotEquals ArnNotLike
    Null
    """.split()  # noqa: SIM905 - a list of names reads better one after another
)
_OPERATOR = re.compile(r"(ForAllValues:|ForAnyValue:)?([A-Za-z]+?)(IfExists)?")
_KEY = re.compile(r"[^\s:]+:[^\s]+")


class Finding(Record):
    """A finding in a policy: its offset in the text, a message, and whether it is an error."""

    at: int
    message: str
    fatal: bool = True


def check_policy(document: Node) -> Iterator[Finding]:
    """Yields errors in a policy, and notices about elements that are probably not intended.

    Args:
        document: the whole policy.
    """
    if document.kind != "object":
        yield Finding(document.at, "a policy must be an object with Version and Statement.")
        return
    yield from _check_elements(document, _DOCUMENT, "a policy")
    elements = _index_elements(document)
    yield from _check_version(document, elements)
    if "Statement" not in elements:
        yield Finding(document.at, "a policy must have a Statement. Add it; use [] for no statements.")
        return
    yield from _check_statements(elements["Statement"])
    yield from _check_texts(document)


def _check_texts(node: Node) -> Iterator[Finding]:
    r"""Yields strings that Terraform would change, also where the file escapes them with ``\uXXXX``.

    The AWS provider parses a policy and writes it anew without these escapes, before Terraform normalises it.
    """
    if node.kind == "string":
        try:
            check_text(node.value)
        except RenderError as error:
            yield Finding(node.at, f"{error.message[0].lower()}{error.message[1:]} {error.remedy}")
        return
    items = node.value if isinstance(node.value, (list, tuple)) else ()
    for item in items:
        for each in item if isinstance(item, tuple) else (item,):
            yield from _check_texts(each)


def _index_elements(node: Node) -> dict[str, Node]:
    return {key.value: value for key, value in node.value}


def _check_elements(node: Node, known: tuple[str, ...], what: str) -> Iterator[Finding]:
    """Yields unknown elements."""
    for key, _ in node.value:
        if key.value in _PRINCIPAL and known is _STATEMENT:
            yield Finding(
                key.at,
                f"the policy of a role cannot have a {key.value}: the role is the principal. Remove it.",
            )
        elif key.value not in known:
            near = difflib.get_close_matches(key.value.title(), known, 1)
            meant = f"Did you mean {near[0]}?" if near else f"Use {', '.join(known)}."
            yield Finding(key.at, f"{key.value!a} is not an element of {what}. {meant}")


def _check_version(document: Node, elements: Mapping[str, Node]) -> Iterator[Finding]:
    version = elements.get("Version")
    if version is None:
        yield Finding(
            document.at,
            f"the policy has no Version, so IAM uses {_OLD_VERSION}, which has no policy variables. "
            f'Add "Version": "{_VERSIONS[0]}".',
            fatal=False,
        )
    elif version.value not in _VERSIONS:
        yield Finding(version.at, f"Version must be {_VERSIONS[0]!r} or {_VERSIONS[1]!r}.")


def _check_statements(node: Node) -> Iterator[Finding]:
    statements = node.value if node.kind == "array" else [node]
    sids: set[str] = set()
    for statement in statements:
        if statement.kind != "object":
            yield Finding(statement.at, "a statement must be an object with Effect, Action and Resource.")
            continue
        yield from _check_statement(statement)
        sid = _index_elements(statement).get("Sid")
        if sid and isinstance(sid.value, str) and sid.value:
            if sid.value in sids:
                yield Finding(
                    sid.at,
                    f"the Sid {sid.value!a} is taken by another statement. Use a different one.",
                )
            sids.add(sid.value)


def _check_statement(node: Node) -> Iterator[Finding]:
    elements = _index_elements(node)
    yield from _check_elements(node, _STATEMENT, "a statement")
    sid, effect = elements.get("Sid"), elements.get("Effect")
    if sid and not (isinstance(sid.value, str) and _SID.fullmatch(sid.value)):
        yield Finding(sid.at, "a Sid can contain only letters and digits.")
    if effect is None:
        yield Finding(node.at, "a statement must have an Effect: Allow or Deny.")
    elif effect.value not in ("Allow", "Deny"):
        yield Finding(effect.at, "Effect must be 'Allow' or 'Deny'.")
    yield from _check_either(node, elements, "Action", _check_action)
    yield from _check_either(node, elements, "Resource", _check_resource)
    if "Condition" in elements:
        yield from _check_condition(elements["Condition"])
    yield from _check_full_access(node, elements)


def _check_either(
    node: Node, elements: Mapping[str, Node], name: str, judge: Callable[[Node], Iterator[Finding]]
) -> Iterator[Finding]:
    names = [each for each in (name, f"Not{name}") if each in elements]
    if not names:
        yield Finding(node.at, f"a statement must have {name} or Not{name}.")
    elif len(names) > 1:
        message = f"a statement cannot have both {name} and Not{name}. Remove one of them."
        yield Finding(elements[names[1]].at, message)
    for each in names:
        texts = elements[each].value if elements[each].kind == "array" else [elements[each]]
        if not texts:
            yield Finding(elements[each].at, f"{each} is empty. Name at least one.")
        for text in texts:
            if text.kind == "string":
                yield from judge(text)
            else:
                yield Finding(text.at, f"{each} must be a string or an array of strings.")


def _check_action(node: Node) -> Iterator[Finding]:
    if not _ACTION.fullmatch(node.value):
        yield Finding(
            node.at, f"{node.value!a} is not an action. Write service:Action, such as s3:GetObject."
        )


def _check_resource(node: Node) -> Iterator[Finding]:
    if node.value != "*" and not _ARN.fullmatch(node.value):
        yield Finding(
            node.at,
            f"{node.value!a} is neither '*' nor an ARN. An ARN has six parts: "
            "arn:partition:service:region:account:resource.",
        )


def _check_condition(node: Node) -> Iterator[Finding]:
    if node.kind != "object":
        yield Finding(node.at, "Condition must be an object with condition operators as keys.")
        return
    for operator, keys in node.value:
        match = _OPERATOR.fullmatch(operator.value)
        if match is None or match[2] not in _OPERATORS:
            near = difflib.get_close_matches(match[2] if match else operator.value, sorted(_OPERATORS), 1)
            meant = f"Did you mean {near[0]}?" if near else "Use one of IAM's, such as StringEquals."
            yield Finding(operator.at, f"{operator.value!a} is not a condition operator. {meant}")
        if keys.kind != "object":
            yield Finding(keys.at, f"{operator.value} must have an object with condition keys.")
            continue
        yield from _check_condition_keys(keys)


def _check_condition_keys(node: Node) -> Iterator[Finding]:
    for key, value in node.value:
        if not _KEY.fullmatch(key.value):
            yield Finding(
                key.at, f"{key.value!a} is not a condition key. Write service:key, such as aws:SourceArn."
            )
        values = value.value if value.kind == "array" else [value]
        if any(isinstance(each.value, (tuple, list)) or each.value is None for each in values):
            yield Finding(
                value.at, f"{key.value} must have a string, a number, a boolean, or an array of these."
            )


def _check_full_access(node: Node, elements: Mapping[str, Node]) -> Iterator[Finding]:
    effect = elements.get("Effect")
    if (
        effect
        and effect.value == "Allow"
        and _has_star(elements.get("Action"))
        and _has_star(elements.get("Resource"))
    ):
        yield Finding(
            node.at,
            "this statement allows every action on every resource. Name only those that the function needs.",
            fatal=False,
        )


def _has_star(node: Node | None) -> bool:
    values = [] if node is None else node.value if node.kind == "array" else [node]
    return any(each.value in ("*", "*:*") for each in values)
