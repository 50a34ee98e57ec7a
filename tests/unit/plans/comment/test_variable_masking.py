"""Values of environment variables are masked in Terraform's text."""

from __future__ import annotations

from domovoi_tf.plans.comment.markdown import render_markdown
from domovoi_tf.plans.comment.variable_masking import mask_variables

from ..test_summary import OWNERS, make_resource

TEXT = """\
  # module.app.module.lambda.aws_lambda_function.this will be updated in-place
  ~ resource "aws_lambda_function" "this" {
        id      = "bar-dev"
      ~ timeout = 60 -> 77

      ~ environment {
          ~ variables = {
              + "ADDED"    = "hidden"
              ~ "CHANGED"  = "hidden" -> "hidden \\"}"
              ~ "DOCUMENT" = jsonencode(
                  ~ {
                      ~ a = "hidden" -> "hidden"
                    }
                )
              - "GONE"     = "hidden" -> null
              ~ "LATER"    = "hidden" -> (known after apply)
              + "SECRET"   = (sensitive value)
              ~ "TEXT"     = <<-EOT
                    hidden
                  - "x" = hidden
                EOT
              + "UNKNOWN"  = (known after apply)
                # (2 unchanged elements hidden)
            }
        }
      ~ tags = {
          ~ "team" = "a" -> "b"
        }
    }

  # aws_x.other will be created
  + resource "aws_x" "other" {
      + variables = {
          + "shown" = "shown"
        }
      + environment {
          + variables = {
              + "KEY" = "hidden"
            }
        }
    }
"""
MASKED = """\
  # module.app.module.lambda.aws_lambda_function.this will be updated in-place
  ~ resource "aws_lambda_function" "this" {
        id      = "bar-dev"
      ~ timeout = 60 -> 77

      ~ environment {
          ~ variables = {
              + "ADDED"    = "********"
              ~ "CHANGED"  = "********"
              ~ "DOCUMENT" = "********"
              - "GONE"     = "********"
              ~ "LATER"    = "********"
              + "SECRET"   = (sensitive value)
              ~ "TEXT"     = "********"
              + "UNKNOWN"  = (known after apply)
                # (2 unchanged elements hidden)
            }
        }
      ~ tags = {
          ~ "team" = "a" -> "b"
        }
    }

  # aws_x.other will be created
  + resource "aws_x" "other" {
      + variables = {
          + "shown" = "shown"
        }
      + environment {
          + variables = {
              + "KEY" = "********"
            }
        }
    }
"""


def test_values_of_environment_variables_are_masked_in_any_form() -> None:
    assert "\n".join(mask_variables(TEXT.split("\n"))) == MASKED


def test_comment_has_no_values_of_environment_variables() -> None:
    from domovoi_tf.plans.changes import list_changes

    topic = make_resource("module.app", "aws_sns_topic", ["create"], None, {"name": "x"})
    changes = list_changes({"resource_changes": [topic]}, OWNERS)
    assert MASKED in render_markdown(changes, "Plan for dev", text=TEXT)
