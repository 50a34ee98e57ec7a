"""Checks values of the right type against rules of AWS and Terraform that types cannot express."""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping
from typing import Any

from domovoi_tf.errors import RenderError
from domovoi_tf.hcl.syntax import hcl
from domovoi_tf.loading.environment import is_reserved
from domovoi_tf.settings.formats import TAG_KEY, TAG_VALUE
from domovoi_tf.settings.secrets.backends import find_backend_secrets
from domovoi_tf.settings.secrets.detection import find_secrets, quote_value
from domovoi_tf.settings.type_messages import describe_mistake
from domovoi_tf.system.reading.json_nodes import join_path

#: https://docs.aws.amazon.com/tag-editor/latest/userguide/best-practices-and-strats.html
_TAG = re.compile(r"[\w\s.:/=+\-@]*")
#: https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
ENVIRONMENT_BYTES = 4096
READABLE_REASON = "and would be readable in the repository, the Terraform and its state."
_READABLE_REMEDY = (
    "Keep it in SSM Parameter Store or Secrets Manager and give its name here, "
    'or declare app.variable("...", sensitive=True) and pass it to Terraform.'
)


def check_value(path: str, key: str, value: Any, stage: str) -> Iterator[str]:
    """Yields problems of a key's value, which has the type of the key.

    Args:
        path: the value's JSON path.
        key: the key.
        value: its value.
        stage: the name of a stage that has the value.
    """
    if key == "terraform":
        yield from _check_terraform(path, value, stage)
    yield from _CHECKS.get(key, _check_nothing)(path, value)
    yield from _check_representable(path, value)


def check_environment_size(path: str, values: Mapping[str, str]) -> Iterator[str]:
    """Yields a problem if environment variables are larger than Lambda allows."""
    size = count_environment_bytes(values)
    if size > ENVIRONMENT_BYTES:
        yield f"{path}: the variables take {size} bytes, but Lambda allows at most {ENVIRONMENT_BYTES}."


def count_environment_bytes(values: Mapping[str, str]) -> int:
    """Returns the size of environment variables as Lambda counts it.

    https://docs.aws.amazon.com/lambda/latest/dg/gettingstarted-limits.html
    """
    text = json.dumps(values, ensure_ascii=False, separators=(",", ":"))
    return len(text.encode("utf-8", "surrogatepass"))


def _check_nothing(path: str, value: Any) -> Iterator[str]:
    yield from ()


def _check_environment(path: str, values: dict[str, str]) -> Iterator[str]:
    for name in values:
        if is_reserved(name):
            yield f"{join_path(path, name)}: Lambda or domovoi-tf sets this variable. Choose another name."
    for name, what in find_secrets(values):
        yield f"{join_path(path, name)}: the value looks like {what}, {READABLE_REASON} {_READABLE_REMEDY}"


def _check_tags(path: str, values: dict[str, str]) -> Iterator[str]:
    for name, value in values.items():
        if not _TAG.fullmatch(name) or name.lower().startswith("aws:"):
            yield f"{join_path(path, name)}: {name!r} is not {TAG_KEY}."
        if not _TAG.fullmatch(value):
            yield f"{join_path(path, name)}: {quote_value(name, value)} is not {TAG_VALUE}."


def _check_zones(path: str, ids: list[str]) -> Iterator[str]:
    if len(set(ids)) < len(ids):
        yield f"{path}: a load balancer needs different subnets in at least two Availability Zones."


def _check_duplicates(path: str, items: list[str]) -> Iterator[str]:
    duplicate = next((item for number, item in enumerate(items) if item in items[:number]), None)
    if duplicate is not None:
        yield f"{path}: {duplicate!r} is listed twice. Remove one."


def _check_terraform(path: str, values: dict[str, Any], stage: str) -> Iterator[str]:
    yield from _check_backend(f"{path}.backend", values.get("backend", {"local": {}}), stage)
    yield from _check_tags(
        f"{path}.provider.default_tags", values.get("provider", {}).get("default_tags", {})
    )


def _check_backend(path: str, backend: dict[str, dict[str, Any]], stage: str) -> Iterator[str]:
    ((name, arguments),) = backend.items()
    bucket = arguments.get("bucket", "")
    if name == "s3" and not isinstance(bucket, str):
        yield f"{path}.s3.bucket: {describe_mistake(f'{path}.s3.bucket', bucket, str)}"
    for place, what, remedy in find_backend_secrets(join_path(path, name), name, arguments, stage):
        yield f"{place}: the value {what}, {READABLE_REASON} {remedy}"


def _check_representable(path: str, value: Any) -> Iterator[str]:
    """Yields a problem for each value that Terraform cannot represent."""
    inner = value if isinstance(value, dict) else {}
    for name, item in inner.items():
        yield from _check_representable(join_path(path, name), item)
    try:
        hcl(dict.fromkeys(inner) if inner else value)
    except RenderError as error:
        yield f"{path}: {error.message} {error.remedy}"


_CHECKS: Mapping[str, Callable[[str, Any], Iterator[str]]] = {
    "alb_subnet_ids": _check_zones,
    "environment_variables": _check_environment,
    "layers": _check_duplicates,
    "security_group_ids": _check_duplicates,
    "subnet_ids": _check_duplicates,
    "tags": _check_tags,
}
