"""Locating the outermost blocks of a file."""

from __future__ import annotations

import pytest

from domovoi_tf.plans.sources.blocks import LocatedBlock, locate_blocks
from domovoi_tf.plans.sources.scanner import SourceError

TEXT = """# Generated.

# app.py pour
# twice
module "pour" {
  source = "./x" # }
  text   = <<-EOT
    }
  EOT
  nested {
    name = "${"}"}"
  }
}
locals {
  a = 1
}

/* a comment */ resource aws_sns_topic "orders" {}
"""


def test_blocks_have_their_comments_and_lines() -> None:
    module, local, resource = locate_blocks(TEXT)
    assert (module.type, module.labels, module.line) == ("module", ("pour",), 5)
    assert module.text.startswith('# app.py pour\n# twice\nmodule "pour" {')
    assert module.text.endswith("\n  }\n}")
    assert local == LocatedBlock("locals", (), 14, "locals {\n  a = 1\n}")
    assert (resource.labels, resource.line) == (("aws_sns_topic", "orders"), 18)


def test_empty_file_has_no_blocks() -> None:
    assert [*locate_blocks("# nothing\n\n")] == []


@pytest.mark.parametrize("text", ['resource "a" "b" {\n  name = "\n', "}", '"x" {}'])
def test_text_that_is_not_terraform_is_an_error(text: str) -> None:
    with pytest.raises(SourceError):
        [*locate_blocks(text)]
