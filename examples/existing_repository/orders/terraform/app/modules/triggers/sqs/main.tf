# Waits for the role's permission to read the source, because var.mapping contains its role_arn.
resource "aws_lambda_event_source_mapping" "this" {
  function_name    = var.function.arn
  event_source_arn = var.mapping.queue_arn

  # Set even to Lambda's default: without it, the provider asks for a batch size of 0, which Lambda rejects.
  batch_size                         = coalesce(var.mapping.batch_size, 10)
  maximum_batching_window_in_seconds = var.mapping.maximum_batching_window_in_seconds
  function_response_types            = var.mapping.report_batch_item_failures ? ["ReportBatchItemFailures"] : null
  tags                               = var.mapping.tags

  dynamic "scaling_config" {
    for_each = var.mapping.maximum_concurrency[*]

    content {
      maximum_concurrency = scaling_config.value
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
}
