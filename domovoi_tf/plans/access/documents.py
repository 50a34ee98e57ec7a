"""Rebuilds policy documents that contain unknown values, with addresses in their place.

Of data sources that Terraform reads during the apply, the plan has the known parts. Other documents are
rebuilt from the text of their module, if it is on this machine.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

from domovoi_tf.plans.access.planned_values import UNKNOWN, PlannedValues, Resource
from domovoi_tf.plans.sources.evaluation import Partial, Unknown

_DOCUMENT = "aws_iam_policy_document"
_NONE: Mapping[str, Any] = {}


def rebuild(values: PlannedValues, resource: Resource, name: str) -> Mapping[str, Any] | None:
    """Returns a policy document whose unknown values are addresses; None if its statements are not known.

    Args:
        values: the resources of the plan.
        resource: the resource that has the document.
        name: the attribute that has it.
    """
    rebuilt = _rebuild_from_source(values, resource, name)
    return rebuilt if rebuilt is not None else _rebuild_from_text(values, resource, name)


def _rebuild_from_text(values: PlannedValues, resource: Resource, name: str) -> Mapping[str, Any] | None:
    """Returns the document that the text of a module has; None if it is not all there."""
    document = values.evaluate(resource, name)
    if not isinstance(document, Mapping):
        return None
    statements = document.get("Statement")
    is_whole = isinstance(statements, list) and all(isinstance(each, Mapping) for each in statements)
    return document if is_whole and not _is_vague(statements) else None


def _is_vague(statements: Any) -> bool:
    """Whether a statement may lack parts, or its action or principal is not known."""
    if any(isinstance(each, Partial) for each in _walk(statements)):
        return True
    names = ("Effect", "Action", "NotAction", "Principal", "NotPrincipal")
    parts = [statement.get(name, "") for statement in statements for name in names]
    return any(isinstance(each, Unknown) for part in parts for each in _walk(part))


def _walk(value: Any) -> Iterator[Any]:
    inner = value.values() if isinstance(value, Mapping) else value if isinstance(value, list) else ()
    yield value
    for each in inner:
        yield from _walk(each)


def _rebuild_from_source(values: PlannedValues, resource: Resource, name: str) -> Mapping[str, Any] | None:
    """Returns the document of a data source; None if the attribute is something else."""
    targets = values.trace(resource, name)
    sources = [each for each in targets if each.type == _DOCUMENT]
    if len(sources) != 1 or sources[0].attribute not in ("json", "minified_json"):
        return None
    source = values.find(sources[0].address)
    if source is None or values.is_sensitive(source, "after", "statement"):
        return None
    planned = source["change"].get("after") or _NONE
    if any(planned.get(each) for each in ("source_policy_documents", "override_policy_documents")):
        return None
    blocks = (values.configuration.get_expressions(source) or _NONE).get("statement", [])
    statements = values.get(source, "after", "statement") or []
    if isinstance(blocks, Mapping) or len(blocks) != len(statements):  # a dynamic block
        blocks = [_NONE] * len(statements)
    return {
        "Statement": [
            _rebuild_statement(values, source, each, block)
            for each, block in zip(statements, blocks, strict=True)
        ]
    }


def _rebuild_statement(
    values: PlannedValues, source: Resource, statement: Mapping[str, Any], block: Mapping[str, Any]
) -> dict[str, Any]:
    rebuilt: dict[str, Any] = {"Effect": statement.get("effect") or "Allow"}
    for name, element in (("actions", "Action"), ("resources", "Resource")):
        for prefix, negation in (("", ""), ("not_", "Not")):
            if texts := statement.get(f"{prefix}{name}"):
                known = _name_unknown(values, source, texts, block.get(f"{prefix}{name}"))
                rebuilt[f"{negation}{element}"] = known
    for prefix, negation in (("", ""), ("not_", "Not")):
        if blocks := statement.get(f"{prefix}principals"):
            pairs = _pair_blocks(blocks, block.get(f"{prefix}principals"), ("type",))
            rebuilt[f"{negation}Principal"] = _rebuild_principals(values, source, pairs)
    conditions: dict[str, dict[str, list[str]]] = {}
    planned = statement.get("condition") or ()
    for each, matching in _pair_blocks(planned, block.get("condition"), ("test", "variable")):
        expressions = [one.get("values") for one in matching]
        texts = _name_unknown(values, source, each.get("values") or [None], expressions)
        operator = conditions.setdefault(str(each.get("test") or UNKNOWN), {})
        operator.setdefault(str(each.get("variable") or UNKNOWN), []).extend(texts)
    return {**rebuilt, **({"Condition": conditions} if conditions else {})}


def _rebuild_principals(
    values: PlannedValues, source: Resource, pairs: Iterable[tuple[Mapping[str, Any], list[Any]]]
) -> dict[str, list[str]]:
    principals: dict[str, list[str]] = {}
    for each, matching in pairs:
        kind = str(each.get("type") or UNKNOWN)
        expressions = [one.get("identifiers") for one in matching]
        names = _name_unknown(values, source, each.get("identifiers") or [None], expressions)
        # https://registry.terraform.io/providers/hashicorp/aws/latest/docs/data-sources/iam_policy_document
        principals.setdefault("AWS" if kind == "*" else kind, []).extend(names)
    return principals


def _pair_blocks(
    planned: Sequence[Mapping[str, Any]], configured: Any, names: Sequence[str]
) -> Iterator[tuple[Mapping[str, Any], list[Mapping[str, Any]]]]:
    """Yields each block of a set, with the blocks of the configuration from which it may come.

    A set has another order. Terraform and IAM merge the values of blocks with the same names.
    """
    blocks = (
        [each for each in configured if isinstance(each, Mapping)] if isinstance(configured, list) else []
    )
    for each in planned:
        matching = [one for one in blocks if all(_may_be(one.get(name), each.get(name)) for name in names)]
        yield each, matching


def _may_be(expression: Any, value: Any) -> bool:
    """Whether an expression is not a constant other than a value."""
    is_constant = isinstance(expression, Mapping) and "constant_value" in expression
    return not is_constant or expression["constant_value"] == value


def _name_unknown(
    values: PlannedValues, source: Resource, texts: Sequence[str | None], expression: Any
) -> list[str]:
    """Returns texts with the addresses that the expression refers to in place of the unknown ones."""
    if None not in texts:
        return [str(each) for each in texts]
    return [*dict.fromkeys(_replace_unknown(values, source, texts, expression))]


def _replace_unknown(
    values: PlannedValues, source: Resource, texts: Sequence[str | None], expression: Any
) -> Iterator[str]:
    known = [each for each in texts if each is not None]
    yield from known
    targets = values.trace_expression(source, expression)
    names = [name for each in targets if (name := values.name_target(each)) not in known]
    yield from names or [UNKNOWN]
