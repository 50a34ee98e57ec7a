"""Rendered trees and modules follow the rules of tflint."""

from __future__ import annotations

from pathlib import Path

import pytest

from .lint_rules import find_problems

GOOD = """\
terraform {
  required_version = ">= 1.10"

  required_providers {
    aws = {
      source = "hashicorp/aws"
    }
  }
}

variable "name" {
  description = "Name."
  type        = string
}

locals {
  names = [var.name, data.aws_region.current.region]
}

data "aws_region" "current" {}

# The first name: https://example.com
resource "aws_sqs_queue" "first" {
  name = "${local.names[0]}-1.0"
}

module "rest" {
  source = "./rest"
}

output "arn" {
  description = "ARN."
  value       = aws_sqs_queue.first.arn
}
"""
#: A part of the file, what is there instead, and the problem.
FAULTS = {
    "comment": ("# The", "// The", "line 22: comments begin with #: // The first name: https://example.com"),
    "interpolation": (
        "${local.names[0]}-1.0",
        "${local.names[0]}",
        'line 24: an expression alone needs no quotes: name = "${local.names[0]}"',
    ),
    "index": (
        "[var.name,",
        "[var.name.0,",
        "line 17: an index stands in brackets: names = [var.name.0, data.aws_region.current.region]",
    ),
    "splat": (
        "queue.first.arn",
        "queue.first.*.arn",
        "line 33: a splat stands in brackets: value       = aws_sqs_queue.first.*.arn",
    ),
    "empty list": (
        "aws_sqs_queue.first.arn",
        "local.names == []",
        "line 33: a list is compared with an empty one by its length: value       = local.names == []",
    ),
    "lookup": (
        "aws_sqs_queue.first.arn",
        "lookup(var.name, arn)",
        "line 33: lookup needs a default value: value       = lookup(var.name, arn)",
    ),
    "workspace": (
        "aws_sqs_queue.first.arn",
        "terraform.workspace",
        "line 33: the tree does not depend on a workspace: value       = terraform.workspace",
    ),
    "name": ('queue" "first', 'queue" "First', "resource aws_sqs_queue.First: a name is in snake_case"),
    "description of an output": ('  description = "ARN."\n', "", "output arn: there is no description"),
    "description": ('  description = "Name."\n', "", "variable name: there is no description"),
    "type": ("  type        = string\n", "", "variable name: there is no type"),
    "source": ("./rest", "git::https://example.com/rest", "module rest: the source is not pinned"),
    "variable": ("[var.name,", "[", "var.name: it is not used"),
    "data source": (", data.aws_region.current.region", "", "data.aws_region.current: it is not used"),
    "local": ("${local.names[0]}", "a", "local.names: it is not used"),
    "version": ('  required_version = ">= 1.10"\n', "", "there is no required_version"),
    "provider": ("    aws = {", "    awscc = {", "provider aws: it is not in required_providers"),
}


def test_trees_follow_the_rules(trees: Path) -> None:
    found = set()
    for folder in {path.parent for path in trees.rglob("*.tf")}:
        files = {path: path.read_text("utf-8") for path in folder.glob("*.tf")}
        found |= {f"{path.relative_to(trees)}: {problem}" for path, problem in find_problems(files)}
    assert "\n".join(sorted(found)) == ""


def test_rules_accept_a_good_file() -> None:
    assert list(find_problems({Path("app/main.tf"): GOOD})) == []


@pytest.mark.parametrize("fault", FAULTS)
def test_rules_find_a_fault(fault: str) -> None:
    good, bad, problem = FAULTS[fault]
    assert GOOD.count(good) == 1
    found = find_problems({Path("app/main.tf"): GOOD.replace(good, bad)})
    assert [problem for _, problem in found] == [problem]
