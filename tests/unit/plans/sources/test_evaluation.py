"""Expressions are evaluated with the values of a plan; what may be otherwise is unknown."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from domovoi_tf.plans.callers.configuration import Configuration, Target
from domovoi_tf.plans.sources.evaluation import Evaluator, Scope, Unknown
from domovoi_tf.plans.sources.module_texts import ModuleTexts
from domovoi_tf.plans.sources.parser import parse_source

ROOT = """
module "bar" {
  source = "./bar"
  queue  = aws_sqs_queue.known
  rules  = { x = [{ name = "n" }] }
  arns   = { b = module.bar.arn, a = aws_sqs_queue.new.arn }
}
"""
BAR = """
locals {
  partition = split(":", var.queue.arn)[1]
  circle    = local.circle
  statements = { sqs = [{ actions = ["a"] }], sns = [] }
  kept       = { for key, value in local.statements : key => value if length(value) > 0 }
  maybe      = { for key, value in local.statements : key => value if var.size == 3 }
}
variable "rules" {
  type = map(list(object({
    effect = optional(string, "Allow")
    size   = optional(number)
    name   = string
  })))
}
variable "size" { default = 3 }
output "arn" { value = aws_sns_topic.this["x"].arn }
"""
UNKNOWN = "(unknown)"


@pytest.fixture
def evaluator(tmp_path: Path) -> Evaluator:
    (tmp_path / "bar").mkdir()
    (tmp_path / "main.tf").write_text(ROOT)
    (tmp_path / "bar" / "main.tf").write_text(BAR)
    (tmp_path / "bar" / "broken.tf").write_text("}")
    calls = {"bar": {"source": "./bar", "module": {}}}
    configuration = Configuration({"configuration": {"root_module": {"module_calls": calls}}})

    def is_known(target: Target) -> bool:
        return target.address == "aws_sqs_queue.known"

    def name_target(target: Target) -> str:
        return f"arn:{target.attribute}" if is_known(target) else target.address

    return Evaluator(ModuleTexts(configuration, {"": tmp_path}), name_target, is_known, UNKNOWN)


def evaluate(evaluator: Evaluator, text: str, **names: Any) -> Any:
    (block,) = parse_source(f"a {{\n  b = {text}\n}}\n")
    return evaluator.evaluate(block.arguments["b"], Scope("module.bar", names))


@pytest.mark.parametrize(
    ("text", "value"),
    [
        ('"x"', "x"),
        ("[1, null, true]", [1, None, True]),
        ("var.queue.arn", "arn:arn"),
        ('"${var.queue.arn}/*"', "arn:arn/*"),
        ("var.size", 3),
        ("local.statements.sqs[0].actions", ["a"]),
        ("merge({ a = 1 }, { a = 2, b = 3 })", {"a": 2, "b": 3}),
        ("concat([1], [2])", [1, 2]),
        ("flatten([[1, [2]], 3])", [1, 2, 3]),
        ("values({ b = 1, a = 2 })", [2, 1]),
        ("[for key, value in { x = 1 } : [key, value]]", [["x", 1]]),
        ("[for value in each.value : { Action = value.actions }]", [{"Action": ["a"]}]),
        ('{ for key, value in { x = 1 } : "${key}y" => value }', {"xy": 1}),
        ("local.kept.sqs", [{"actions": ["a"]}]),
        ("local.kept", {"sqs": [{"actions": ["a"]}]}),
        ("var.rules", {"x": [{"effect": "Allow", "size": None, "name": "n"}]}),
        ('jsonencode({ Statement = "s" })', {"Statement": "s"}),
        ('"${true}-${null}-${1}"', "true--1"),
    ],
)
def test_known_values(evaluator: Evaluator, text: str, value: Any) -> None:
    found = evaluate(evaluator, text, each={"value": [{"actions": ["a"]}]})
    assert found == value
    assert not isinstance(found, Unknown)


@pytest.mark.parametrize(
    ("text", "remark"),
    [
        ("aws_sns_topic.this.arn", "module.bar.aws_sns_topic.this"),
        ("data.aws_region.current.id", "module.bar.data.aws_region.current"),
        ("var.arns.a", "aws_sqs_queue.new"),
        ("var.arns.b", 'module.bar.aws_sns_topic.this["x"]'),
        ('"arn:${local.partition}:s3"', f"arn:{UNKNOWN}:s3"),
        ("var.missing", UNKNOWN),
        ("local.missing", UNKNOWN),
        ("local.circle", UNKNOWN),
        ("module.other.arn", UNKNOWN),
        ("path.module", UNKNOWN),
        ('lower("A")', UNKNOWN),
        ("merge({ a = 1 }, var.missing)", UNKNOWN),
        ("[for value in [1] : value if value > 1]", UNKNOWN),
        ("[for value in local.maybe : value]", UNKNOWN),
        ("values(local.maybe)", UNKNOWN),
        ('"${local.statements}x"', UNKNOWN),
    ],
)
def test_unknown_values(evaluator: Evaluator, text: str, remark: str) -> None:
    found = evaluate(evaluator, text)
    assert (type(found), found) == (Unknown, remark)


def test_entries_that_a_later_object_may_replace_are_unknown(evaluator: Evaluator) -> None:
    merged = evaluate(evaluator, "merge({ sns = [9], more = [8] }, local.maybe)")
    assert merged == {"sns": UNKNOWN, "more": [8], "sqs": [{"actions": ["a"]}]}


def test_locals_that_refer_to_others_many_times_are_evaluated_once(tmp_path: Path) -> None:
    """2**8 ways lead to the queue."""
    lines = [f"  l{number + 1} = [local.l{number}, local.l{number}]" for number in range(8)]
    text = "\n".join(["locals {", "  l0 = [aws_sqs_queue.known.arn]", *lines, "}", ""])
    (tmp_path / "main.tf").write_text(text)
    named: list[Target] = []

    def name_target(target: Target) -> str:
        named.append(target)
        return "arn"

    texts = ModuleTexts(Configuration({}), {"": tmp_path})
    evaluator = Evaluator(texts, name_target, lambda _: True, UNKNOWN)
    (block,) = parse_source("a {\n  b = flatten(local.l8)\n}\n")
    assert evaluator.evaluate(block.arguments["b"], Scope("")) == ["arn"] * 256
    assert named == [Target("aws_sqs_queue.known", "aws_sqs_queue", "arn")]


def test_local_that_was_too_deep_in_another_expression_is_known_in_its_own(tmp_path: Path) -> None:
    deep = "[" * 37 + "local.low" + "]" * 37
    (tmp_path / "main.tf").write_text(f'locals {{\n  low = ["x"]\n  deep = {deep}\n}}\n')
    evaluator = Evaluator(ModuleTexts(Configuration({}), {"": tmp_path}), str, lambda _: True, UNKNOWN)
    (block,) = parse_source("a {\n  b = [local.deep, local.low]\n}\n")
    assert evaluator.evaluate(block.arguments["b"], Scope(""))[1] == ["x"]
