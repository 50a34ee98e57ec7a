variable "function" {
  description = "The function to invoke."
  type        = object({ name = string, arn = string })
  nullable    = false
}

variable "target_group" {
  description = <<-EOT
    The target group.
    name: shortened if it has more than 32 characters, or characters other than letters, digits and hyphens.
    tags: tags of the target group and the rule.
    multi_value_headers: whether requests and responses have lists of all values of each header and query parameter; the function must then respond with multiValueHeaders.
  EOT
  type = object({
    name                = string
    tags                = optional(map(string), {})
    multi_value_headers = optional(bool, false)
  })
  nullable = false
}

# Separate from target_group, which must not depend on the listener: see the comment in main.tf.
variable "listener_rule" {
  description = <<-EOT
    The listener rule.
    listener_arn: ARN of the listener whose requests the function handles.
    priority: position among the rules of the listener, unique there; of the rules that match a request, the one with the lowest number applies.
    prefix: prefix of the path without a slash at its end: /api matches /api and everything below /api/, and an empty prefix matches every path.
    host: host name, in which * matches any characters and ? a single one; null matches every host.
  EOT
  type = object({
    listener_arn = string
    priority     = number
    prefix       = optional(string, "")
    host         = optional(string)
  })
  nullable = false

  validation {
    condition     = can(regex("^arn:[^:]+:elasticloadbalancing:[^:]+:[0-9]+:listener/app/[^/]+/[^/]+/[^/]+$", var.listener_rule.listener_arn))
    error_message = "The listener must be the ARN of an Application Load Balancer's listener, in the form arn:PARTITION:elasticloadbalancing:REGION:ACCOUNT:listener/app/NAME/ID/ID."
  }

  validation {
    condition     = try(split(":", var.listener_rule.listener_arn)[3] == split(":", var.function.arn)[3], true)
    error_message = "The listener is in another Region than the function. Pass the ARN of one in the function's Region, or deploy the app to the other Region."
  }
}
