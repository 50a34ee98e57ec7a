mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
  }

  mapping = {
    queue_arn = "arn:aws:sqs:us-east-1:123456789012:orders"
    role_arn  = "arn:aws:iam::123456789012:role/bar-dev"
  }
}

run "defaults" {
  command = plan

  assert {
    condition     = aws_lambda_event_source_mapping.this.function_name == "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
    error_message = "The function is invoked."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.event_source_arn == "arn:aws:sqs:us-east-1:123456789012:orders"
    error_message = "The messages are the queue's."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.batch_size == 10 && aws_lambda_event_source_mapping.this.function_response_types == null
    error_message = "AWS's defaults apply."
  }

  assert {
    condition     = length(aws_lambda_event_source_mapping.this.filter_criteria) == 0 && length(aws_lambda_event_source_mapping.this.scaling_config) == 0
    error_message = "All messages are read, with the concurrency of the account."
  }
}

run "nulls" {
  command = plan

  variables {
    mapping = {
      queue_arn                          = "arn:aws:sqs:us-east-1:123456789012:orders"
      role_arn                           = "arn:aws:iam::123456789012:role/bar-dev"
      batch_size                         = null
      maximum_batching_window_in_seconds = null
      maximum_concurrency                = null
      filters                            = null
      report_batch_item_failures         = null
    }
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.batch_size == 10 && aws_lambda_event_source_mapping.this.function_response_types == null
    error_message = "A null means the default."
  }

  assert {
    condition     = length(aws_lambda_event_source_mapping.this.filter_criteria) == 0 && length(aws_lambda_event_source_mapping.this.scaling_config) == 0
    error_message = "A null leaves its block out."
  }
}

run "everything" {
  command = plan

  variables {
    mapping = {
      queue_arn                          = "arn:aws:sqs:us-east-1:123456789012:orders"
      role_arn                           = "arn:aws:iam::123456789012:role/bar-dev"
      batch_size                         = 10000
      maximum_batching_window_in_seconds = 300
      maximum_concurrency                = 2
      filters                            = [jsonencode({ body = { drink = ["gin \""] } }), jsonencode({ body = ["x"] })]
      report_batch_item_failures         = true
      tags                               = { stage = "dev" }
    }
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.batch_size == 10000 && aws_lambda_event_source_mapping.this.maximum_batching_window_in_seconds == 300
    error_message = "The batch is passed on."
  }

  assert {
    condition     = one(aws_lambda_event_source_mapping.this.scaling_config).maximum_concurrency == 2
    error_message = "The concurrency is limited."
  }

  assert {
    condition     = toset(one(aws_lambda_event_source_mapping.this.filter_criteria).filter[*].pattern) == toset([jsonencode({ body = { drink = ["gin \""] } }), jsonencode({ body = ["x"] })])
    error_message = "The filters are passed on."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.function_response_types == toset(["ReportBatchItemFailures"])
    error_message = "The function reports failed records."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.tags == tomap({ stage = "dev" })
    error_message = "The mapping has the tags."
  }
}

run "fifo" {
  command = plan

  variables {
    function = {
      name = "bar-dev"
      arn  = "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:bar-dev"
    }
    mapping = {
      queue_arn                          = "arn:aws-us-gov:sqs:us-gov-west-1:123456789012:orders.fifo"
      role_arn                           = "arn:aws:iam::123456789012:role/bar-dev"
      batch_size                         = 10
      maximum_batching_window_in_seconds = 0
    }
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.batch_size == 10
    error_message = "A FIFO queue allows batches of 10, in every partition."
  }
}

run "outputs" {
  assert {
    condition     = output.mapping_uuid == aws_lambda_event_source_mapping.this.uuid
    error_message = "The output identifies the mapping."
  }
}
