variable "function" {
  description = "The function that answers the requests."
  type        = object({ name = string, arn = string })
  nullable    = false
}

variable "url" {
  description = <<-EOT
    The URL.
    authorization_type: AWS_IAM for callers that IAM allows, or NONE for everyone.
    cors: pages of other origins that can read the responses; null allows none. max_age is in seconds.
    invoke_mode: BUFFERED to return the response as a whole, or RESPONSE_STREAM to return it while the function writes it.
  EOT
  type = object({
    authorization_type = string
    cors = optional(object({
      allow_credentials = optional(bool, false)
      allow_headers     = optional(set(string), [])
      allow_methods     = optional(set(string), [])
      allow_origins     = optional(set(string), [])
      expose_headers    = optional(set(string), [])
      max_age           = optional(number, 0)
    }))
    invoke_mode = optional(string, "BUFFERED")
  })
  nullable = false
}
