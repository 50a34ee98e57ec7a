# Waits for the role's permission to read the source, because var.mapping contains its role_arn.
resource "aws_lambda_event_source_mapping" "this" {
  function_name    = var.function.arn
  event_source_arn = var.mapping.stream_arn

  starting_position                  = var.mapping.starting_position
  maximum_batching_window_in_seconds = var.mapping.maximum_batching_window_in_seconds

  # Set even to Lambda's defaults: without them, the provider keeps the present limits, and asks for a batch size of 0,
  # which Lambda rejects.
  batch_size                    = coalesce(var.mapping.batch_size, 100)
  parallelization_factor        = coalesce(var.mapping.parallelization_factor, 1)
  maximum_retry_attempts        = coalesce(var.mapping.maximum_retry_attempts, -1)
  maximum_record_age_in_seconds = coalesce(var.mapping.maximum_record_age_in_seconds, -1)

  bisect_batch_on_function_error = var.mapping.bisect_batch_on_function_error
  tumbling_window_in_seconds     = var.mapping.tumbling_window_in_seconds
  function_response_types        = var.mapping.report_batch_item_failures ? ["ReportBatchItemFailures"] : null

  tags = var.mapping.tags

  dynamic "destination_config" {
    for_each = var.mapping.on_failure_arn[*]

    content {
      on_failure {
        destination_arn = destination_config.value
      }
    }
  }

  dynamic "filter_criteria" {
    for_each = var.mapping.filters == null ? [] : [var.mapping.filters]

    content {
      dynamic "filter" {
        for_each = filter_criteria.value

        content {
          pattern = filter.value
        }
      }
    }
  }

  # Only a new mapping has a starting position. The provider would replace the present mapping, which then reads a day of
  # records again, or skips those that arrive in between.
  lifecycle {
    ignore_changes = [starting_position]
  }
}
