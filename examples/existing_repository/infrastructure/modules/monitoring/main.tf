resource "aws_cloudwatch_metric_alarm" "errors" {
  alarm_name          = "${var.function_name}-errors"
  alarm_description   = "The function failed."
  namespace           = "AWS/Lambda"
  metric_name         = "Errors"
  dimensions          = { FunctionName = var.function_name }
  statistic           = "Sum"
  period              = 300
  evaluation_periods  = 1
  threshold           = 1
  comparison_operator = "GreaterThanOrEqualToThreshold"
  treat_missing_data  = "notBreaching"
  alarm_actions       = [var.alerts_topic_arn]
}

resource "aws_cloudwatch_event_rule" "failed_executions" {
  name        = "${var.function_name}-failed-executions"
  description = "Executions of the app's state machine that did not succeed."

  event_pattern = jsonencode({
    source      = ["aws.states"]
    detail-type = ["Step Functions Execution Status Change"]
    detail = {
      stateMachineArn = [var.state_machine_arn]
      status          = ["FAILED", "TIMED_OUT", "ABORTED"]
    }
  })
}

resource "aws_cloudwatch_event_target" "failed_executions" {
  rule = aws_cloudwatch_event_rule.failed_executions.name
  arn  = var.alerts_topic_arn
}

resource "aws_cloudwatch_log_subscription_filter" "logs" {
  name            = "archive"
  log_group_name  = var.log_group_name
  filter_pattern  = ""
  destination_arn = var.log_destination_arn
}
