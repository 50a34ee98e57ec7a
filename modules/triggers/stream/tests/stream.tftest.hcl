mock_provider "aws" {}

variables {
  function = {
    name = "bar-dev"
    arn  = "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
  }

  mapping = {
    stream_arn        = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-31T10:20:30.400"
    role_arn          = "arn:aws:iam::123456789012:role/bar-dev"
    starting_position = "TRIM_HORIZON"
  }
}

run "defaults" {
  command = plan

  assert {
    condition     = aws_lambda_event_source_mapping.this.function_name == "arn:aws:lambda:us-east-1:123456789012:function:bar-dev"
    error_message = "The function is invoked."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.event_source_arn == "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-31T10:20:30.400"
    error_message = "The records are the stream's."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.starting_position == "TRIM_HORIZON"
    error_message = "Reading starts at the oldest record."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.batch_size == 100 && aws_lambda_event_source_mapping.this.tumbling_window_in_seconds == null && aws_lambda_event_source_mapping.this.function_response_types == null && !aws_lambda_event_source_mapping.this.bisect_batch_on_function_error
    error_message = "AWS's defaults apply."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.parallelization_factor == 1 && aws_lambda_event_source_mapping.this.maximum_retry_attempts == -1 && aws_lambda_event_source_mapping.this.maximum_record_age_in_seconds == -1
    error_message = "Lambda's default limits are set, because the provider keeps present ones otherwise."
  }

  assert {
    condition     = length(aws_lambda_event_source_mapping.this.filter_criteria) == 0 && length(aws_lambda_event_source_mapping.this.destination_config) == 0
    error_message = "All records are read, and discarded ones are not reported."
  }
}

run "nulls" {
  command = plan

  variables {
    mapping = {
      stream_arn                         = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-31T10:20:30.400"
      role_arn                           = "arn:aws:iam::123456789012:role/bar-dev"
      starting_position                  = "TRIM_HORIZON"
      batch_size                         = null
      maximum_batching_window_in_seconds = null
      parallelization_factor             = null
      maximum_retry_attempts             = null
      maximum_record_age_in_seconds      = null
      bisect_batch_on_function_error     = null
      on_failure_arn                     = null
      tumbling_window_in_seconds         = null
      filters                            = null
      report_batch_item_failures         = null
    }
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.batch_size == 100 && aws_lambda_event_source_mapping.this.tumbling_window_in_seconds == null && aws_lambda_event_source_mapping.this.function_response_types == null && !aws_lambda_event_source_mapping.this.bisect_batch_on_function_error
    error_message = "A null means the default."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.parallelization_factor == 1 && aws_lambda_event_source_mapping.this.maximum_retry_attempts == -1 && aws_lambda_event_source_mapping.this.maximum_record_age_in_seconds == -1
    error_message = "Lambda's default limits are set, because the provider keeps present ones otherwise."
  }

  assert {
    condition     = length(aws_lambda_event_source_mapping.this.filter_criteria) == 0 && length(aws_lambda_event_source_mapping.this.destination_config) == 0
    error_message = "A null leaves its block out."
  }
}

run "everything" {
  command = plan

  variables {
    function = {
      name = "bar-dev"
      arn  = "arn:aws-us-gov:lambda:us-gov-west-1:123456789012:function:bar-dev"
    }
    mapping = {
      stream_arn                         = "arn:aws-us-gov:kinesis:us-gov-west-1:123456789012:stream/clicks"
      role_arn                           = "arn:aws:iam::123456789012:role/bar-dev"
      starting_position                  = "LATEST"
      batch_size                         = 10000
      maximum_batching_window_in_seconds = 300
      parallelization_factor             = 10
      maximum_retry_attempts             = 10000
      maximum_record_age_in_seconds      = 604800
      bisect_batch_on_function_error     = true
      on_failure_arn                     = "arn:aws-us-gov:sqs:us-gov-west-1:123456789012:discarded"
      tumbling_window_in_seconds         = 900
      filters                            = [jsonencode({ data = { drink = ["gin \""] } }), jsonencode({ partitionKey = ["x"] })]
      report_batch_item_failures         = true
      tags                               = { stage = "dev" }
    }
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.event_source_arn == "arn:aws-us-gov:kinesis:us-gov-west-1:123456789012:stream/clicks" && aws_lambda_event_source_mapping.this.starting_position == "LATEST"
    error_message = "A Kinesis stream is read, in every partition."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.batch_size == 10000 && aws_lambda_event_source_mapping.this.maximum_batching_window_in_seconds == 300 && aws_lambda_event_source_mapping.this.parallelization_factor == 10
    error_message = "The batches are passed on."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.maximum_retry_attempts == 10000 && aws_lambda_event_source_mapping.this.maximum_record_age_in_seconds == 604800 && aws_lambda_event_source_mapping.this.bisect_batch_on_function_error
    error_message = "The settings for errors are passed on."
  }

  assert {
    condition     = one(one(aws_lambda_event_source_mapping.this.destination_config).on_failure).destination_arn == "arn:aws-us-gov:sqs:us-gov-west-1:123456789012:discarded"
    error_message = "The queue is notified of discarded records."
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.tumbling_window_in_seconds == 900
    error_message = "The window is passed on."
  }

  assert {
    condition     = toset(one(aws_lambda_event_source_mapping.this.filter_criteria).filter[*].pattern) == toset([jsonencode({ data = { drink = ["gin \""] } }), jsonencode({ partitionKey = ["x"] })])
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

run "least" {
  command = plan

  variables {
    mapping = {
      stream_arn                         = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-31T10:20:30.400"
      role_arn                           = "arn:aws:iam::123456789012:role/bar-dev"
      starting_position                  = "TRIM_HORIZON"
      batch_size                         = 1
      maximum_batching_window_in_seconds = 0
      parallelization_factor             = 1
      maximum_retry_attempts             = -1
      maximum_record_age_in_seconds      = -1
      tumbling_window_in_seconds         = 0
      on_failure_arn                     = "arn:aws:sns:us-east-1:123456789012:discarded"
    }
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.maximum_retry_attempts == -1 && aws_lambda_event_source_mapping.this.maximum_record_age_in_seconds == -1
    error_message = "Retries can be unlimited."
  }

  assert {
    condition     = one(one(aws_lambda_event_source_mapping.this.destination_config).on_failure).destination_arn == "arn:aws:sns:us-east-1:123456789012:discarded"
    error_message = "A topic can be notified too."
  }
}

run "shortest_age" {
  command = plan

  variables {
    mapping = {
      stream_arn                    = "arn:aws:dynamodb:us-east-1:123456789012:table/orders/stream/2026-01-31T10:20:30.400"
      role_arn                      = "arn:aws:iam::123456789012:role/bar-dev"
      starting_position             = "TRIM_HORIZON"
      maximum_record_age_in_seconds = 60
      maximum_retry_attempts        = 0
    }
  }

  assert {
    condition     = aws_lambda_event_source_mapping.this.maximum_record_age_in_seconds == 60 && aws_lambda_event_source_mapping.this.maximum_retry_attempts == 0
    error_message = "Records can be discarded after a minute, and batches after one attempt."
  }
}

run "outputs" {
  assert {
    condition     = output.mapping_uuid == aws_lambda_event_source_mapping.this.uuid
    error_message = "The output identifies the mapping."
  }
}
