"""Terraform's language is parsed as far as policies use it, and the rest is opaque."""

from __future__ import annotations

import contextlib
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from domovoi_tf.plans.sources.expressions import (
    Call,
    For,
    ListOf,
    Literal,
    ObjectOf,
    Opaque,
    Template,
    Traversal,
)
from domovoi_tf.plans.sources.parser import parse_source
from domovoi_tf.plans.sources.scanner import SourceError
from domovoi_tf.system import assets

GOLDEN = Path(__file__).parents[3] / "golden"
#: Expressions, and the arguments that they stand beside.
TEXT = """
# A comment with a { and a "quote.
resource "aws_sqs_queue" "this" {
  name     = "a-${var.name}\\n$${b}" // another
  size     = 6 * local.size
  list     = [1.5, true, null, "x",]
  choice   = var.x == null ? toset(["this"]) : []
  splat    = var.bucket[*].name
  first    = split(":", var.arn)[1]
  object   = { a = 1, "b.c" : [for x in var.y : x.z], (var.key) = "d" }
  call     = merge(local.a, { b = data.aws_region.current["x"].id })
  filtered = { for key, value in local.all : key => value if length(value) > 0 }
  text     = <<-EOT
    } ${var.x} "
    EOT
  lines = [
    "a", # first
    # second
    "b"
  ]

  lifecycle {
    ignore_changes = [tags]
  }
  after = each.value
}
locals { one = "1" }
"""


def name(text: str) -> Template:
    return Template((text,))


def test_expressions() -> None:
    block, locals_ = parse_source(TEXT)
    assert (block.type, block.labels) == ("resource", ("aws_sqs_queue", "this"))
    assert locals_.arguments == {"one": name("1")}
    assert [each.type for each in block.blocks] == ["lifecycle"]
    x = Traversal(("x", "z"))
    assert block.arguments == {
        "name": Template(("a-", Traversal(("var", "name")), "\n${b}")),
        "size": Opaque(),
        "list": ListOf((Literal(1.5), Literal(True), Literal(None), name("x"))),
        "choice": Opaque(),
        "splat": Opaque(),
        "first": Opaque(),
        "object": ObjectOf(
            (
                (name("a"), Literal(1)),
                (name("b.c"), For(("x",), Traversal(("var", "y")), None, x, has_condition=False)),
                (Traversal(("var", "key")), name("d")),
            )
        ),
        "call": Call(
            "merge",
            (
                Traversal(("local", "a")),
                ObjectOf(((name("b"), Traversal(("data", "aws_region", "current", '["x"]', "id"))),)),
            ),
        ),
        "filtered": For(
            ("key", "value"),
            Traversal(("local", "all")),
            Traversal(("key",)),
            Traversal(("value",)),
            has_condition=True,
            not_empty=Traversal(("value",)),
        ),
        "text": Opaque(),
        "lines": ListOf((name("a"), name("b"))),
        "after": Traversal(("each", "value")),
    }


@pytest.mark.parametrize("folder", [assets.find_modules(), GOLDEN], ids=["modules", "golden"])
def test_all_our_files_can_be_parsed(folder: Path) -> None:
    paths = sorted(folder.rglob("*.tf"))
    assert len(paths) > 20
    for path in paths:
        assert parse_source(path.read_text(encoding="utf-8")), path


@pytest.mark.parametrize("text", ["}", "a {", 'a "b', "1 = 2", "a b c"])
def test_other_texts_are_errors(text: str) -> None:
    with pytest.raises(SourceError):
        parse_source(text)


@given(st.text(alphabet='ab=${}[]()",:. \n#/*<-?"', max_size=60))
def test_no_text_hangs_or_fails_otherwise(text: str) -> None:
    with contextlib.suppress(SourceError):
        parse_source(text)


def test_many_arguments_that_are_nested_too_deeply_leave_the_others_readable() -> None:
    deep = "[" * 60 + "1" + "]" * 60
    lines = [f"  a{number} = {deep}" for number in range(50)]
    (block,) = parse_source("\n".join(["a {", *lines, "  b = [1]", "}", ""]))
    assert block.arguments["b"] == ListOf((Literal(1),))
