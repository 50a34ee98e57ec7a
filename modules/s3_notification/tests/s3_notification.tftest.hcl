mock_provider "aws" {}

variables {
  bucket = "photos"
}

run "nothing" {
  command = plan

  assert {
    condition     = aws_s3_bucket_notification.this.bucket == "photos" && !aws_s3_bucket_notification.this.eventbridge
    error_message = "The notification is the bucket's, and EventBridge is off."
  }

  assert {
    condition     = length(aws_s3_bucket_notification.this.lambda_function) + length(aws_s3_bucket_notification.this.topic) + length(aws_s3_bucket_notification.this.queue) == 0
    error_message = "Nobody is told."
  }
}

run "everything" {
  command = plan

  variables {
    eventbridge = true
    functions = [
      { id = "a", arn = "arn:aws:lambda:eu-west-1:123456789012:function:a", events = ["s3:ObjectCreated:*"], prefix = "raw/" },
      { id = "b", arn = "arn:aws:lambda:eu-west-1:123456789012:function:b", events = ["s3:ObjectCreated:*"], suffix = ".jpg" },
    ]
    topics = [{ id = "c", arn = "arn:aws:sns:eu-west-1:123456789012:c", events = ["s3:ObjectAcl:Put"], prefix = "x", suffix = "y" }]
    queues = [{ id = "d", arn = "arn:aws:sqs:eu-west-1:123456789012:d", events = ["s3:ObjectTagging:*", "s3:ObjectRemoved:*"] }]
  }

  assert {
    condition     = aws_s3_bucket_notification.this.eventbridge
    error_message = "EventBridge gets the events too."
  }

  assert {
    condition = jsonencode([for each in aws_s3_bucket_notification.this.lambda_function : [each.id, each.lambda_function_arn, each.filter_prefix, each.filter_suffix]]) == jsonencode([
      ["a", "arn:aws:lambda:eu-west-1:123456789012:function:a", "raw/", null],
      ["b", "arn:aws:lambda:eu-west-1:123456789012:function:b", null, ".jpg"],
    ])
    error_message = "Each function is told, by its filter."
  }

  assert {
    condition     = one(aws_s3_bucket_notification.this.topic).topic_arn == "arn:aws:sns:eu-west-1:123456789012:c" && one(aws_s3_bucket_notification.this.topic).id == "c"
    error_message = "The topic is told."
  }

  assert {
    condition     = one(aws_s3_bucket_notification.this.topic).events == toset(["s3:ObjectAcl:Put"]) && one(aws_s3_bucket_notification.this.topic).filter_prefix == "x" && one(aws_s3_bucket_notification.this.topic).filter_suffix == "y"
    error_message = "The topic has its events and filter."
  }

  assert {
    condition     = one(aws_s3_bucket_notification.this.queue).queue_arn == "arn:aws:sqs:eu-west-1:123456789012:d" && one(aws_s3_bucket_notification.this.queue).events == toset(["s3:ObjectRemoved:*", "s3:ObjectTagging:*"])
    error_message = "The queue is told."
  }
}
