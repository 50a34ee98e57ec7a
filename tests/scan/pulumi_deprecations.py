"""Reads which arguments and attributes the AWS provider deprecates, from Pulumi's bindings of it.

Those for CDK do not tell. Pulumi has types under names of its own, and arguments under Terraform's.
https://www.pulumi.com/registry/packages/aws/
"""

from __future__ import annotations

import ast
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path

#: Modules whose names do not follow from those of the types.
_MODULES = {
    "data.aws_acm_certificate": "acm/get_certificate",
    "data.aws_subnet": "ec2/get_subnet",
    "data.aws_subnets": "ec2/get_subnets",
    "data.aws_vpc": "ec2/get_vpc",
    "aws_lb": "lb/load_balancer",
    "aws_s3_bucket_replication_configuration": "s3/bucket_replication_config",
    "aws_s3_object": "s3/bucket_objectv2",
    "aws_security_group": "ec2/security_group",
    "aws_sqs_queue_redrive_allow_policy": "sqs/redrive_allow_policy",
    "aws_sqs_queue_redrive_policy": "sqs/redrive_policy",
    "aws_vpc_security_group_ingress_rule": "vpc/security_group_ingress_rule",
}


def find_module(folder: Path, kind: str, name: str) -> Path:
    """Returns the module of a type.

    Args:
        folder: the package.
        kind: ``resource`` or ``data``.
        name: the type, such as ``aws_sqs_queue``.
    """
    words = name.removeprefix("aws_").split("_")
    service, rest = words[0], "_".join(words[1:])
    service = "lambda_" if service == "lambda" else service
    prefix = "get_" if kind == "data" else ""
    known = _MODULES.get(f"data.{name}" if kind == "data" else name)
    choices = (known or f"{service}/{prefix}{rest}", f"{prefix}{'_'.join(words)}")
    found = [folder / f"{each}.py" for each in choices if (folder / f"{each}.py").is_file()]
    assert found, f"{name} has a module in Pulumi's package that is not in {choices}: add it to _MODULES"
    return found[0]


def find_deprecations(module: Path) -> dict[tuple[str, ...], str]:
    """Returns the deprecated arguments, blocks and attributes of a type, each with Pulumi's message.

    A key is a path of names, from the type to the argument of a block.
    """
    classes = _read_classes(module)
    nested = _read_classes(module.parent / "_inputs.py")
    found: dict[tuple[str, ...], str] = {}
    for name, node in classes.items():
        if not name.startswith("_") and not name.startswith("Awaitable"):
            found.update(_list_deprecations(node, nested, ()))
    return found


def _list_deprecations(
    node: ast.ClassDef, nested: Mapping[str, ast.ClassDef], path: tuple[str, ...]
) -> Iterator[tuple[tuple[str, ...], str]]:
    for each in node.body:
        if not isinstance(each, ast.FunctionDef) or not each.decorator_list:
            continue
        for decorator in map(ast.unparse, each.decorator_list):
            if "_utilities.deprecated(" in decorator:
                yield (
                    (*path, each.name),
                    " ".join(ast.literal_eval(decorator.partition("deprecated")[2]).split()),
                )
        inner = re.search(r"'(\w+Args)'", ast.unparse(each.returns) if each.returns else "")
        if inner and inner[1] in nested and len(path) < 5:
            yield from _list_deprecations(nested[inner[1]], nested, (*path, each.name))


@cache
def _read_classes(path: Path) -> Mapping[str, ast.ClassDef]:
    if not path.is_file():
        return {}
    body = ast.parse(path.read_text("utf-8")).body
    return {node.name: node for node in body if isinstance(node, ast.ClassDef)}
