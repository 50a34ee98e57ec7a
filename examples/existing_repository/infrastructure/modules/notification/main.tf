# A bucket has one notification, which its owner writes: the entry of its own, and those of the app.
#
# It is not in ../sources: all instances of a module with for_each must exist before another module with for_each can
# refer to one of them, and the app refers to the buckets.
resource "aws_s3_bucket_notification" "this" {
  bucket = var.bucket

  topic {
    id        = "removals"
    topic_arn = var.removals_topic_arn
    events    = ["s3:ObjectRemoved:*"]
  }

  dynamic "lambda_function" {
    for_each = var.app.functions

    content {
      id                  = lambda_function.value.id
      lambda_function_arn = lambda_function.value.arn
      events              = lambda_function.value.events
      filter_prefix       = lambda_function.value.prefix
      filter_suffix       = lambda_function.value.suffix
    }
  }

  dynamic "topic" {
    for_each = var.app.topics

    content {
      id            = topic.value.id
      topic_arn     = topic.value.arn
      events        = topic.value.events
      filter_prefix = topic.value.prefix
      filter_suffix = topic.value.suffix
    }
  }

  dynamic "queue" {
    for_each = var.app.queues

    content {
      id            = queue.value.id
      queue_arn     = queue.value.arn
      events        = queue.value.events
      filter_prefix = queue.value.prefix
      filter_suffix = queue.value.suffix
    }
  }
}
