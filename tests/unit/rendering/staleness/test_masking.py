"""Values that may be secret are masked in the lines of rendered files."""

from __future__ import annotations

import pytest

from domovoi_tf.rendering.staleness.masking import mask_lines

TEXT = """\
  name = "bar-dev"
  environment_variables = {
    GLASS    = "pint"
    "my.cup" = "a \\"b\\" = c"
    NAME     = var.name
    LIST = [
      "hidden",
    ]
  }
  secret_key = "abc"
  url        = "https://ann:pw@example.com"
  environment_variables = { A = "1", B = "2" }
  tags = {
    team = "bar"
  }
  environment_variables = merge(local.more, {
    C = "3"
  })
  environment_variables = merge(
    {
      D = "4"
    },
    {
      E = "5"
      F = <<-EOT
        hidden }
        ]
        EOT
      G = "6"
    },
  )
  password = <<EOT
hidden
EOT
  description = <<-EOT
    shown
    EOT
  output = "shown"
{"Parameters": {"password": "abc", "Size": "3"}}
"""
MASKED = """\
  name = "bar-dev"
  environment_variables = {
    GLASS    = "********"
    "my.cup" = "********"
    NAME     = var.name
    LIST = [
      "********",
    ]
  }
  secret_key = "********"
  url        = "********"
  environment_variables = { A = "********", B = "********" }
  tags = {
    team = "bar"
  }
  environment_variables = merge(local.more, {
    C = "********"
  })
  environment_variables = merge(
    {
      D = "********"
    },
    {
      E = "********"
      F = <<-EOT
        ********
        ********
        EOT
      G = "********"
    },
  )
  password = <<EOT
********
EOT
  description = <<-EOT
    shown
    EOT
  output = "shown"
{"Parameters": {"password": "********", "Size": "3"}}
"""


def test_values_of_environment_variables_and_of_secret_names_and_formats_are_masked() -> None:
    assert "\n".join(mask_lines(TEXT.split("\n"))) == MASKED


@pytest.mark.parametrize("line", ["a" * 200_000, '"' + '\\"' * 100_000, 'a="' * 100_000, "a " * 100_000])
def test_long_lines_take_linear_time(line: str) -> None:
    """A search for a name or a string at each character would need minutes."""
    (masked,) = mask_lines([line])
    assert masked == line
