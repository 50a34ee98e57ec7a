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

  validation {
    condition     = contains(["AWS_IAM", "NONE"], var.url.authorization_type)
    error_message = "The authorization type must be AWS_IAM or NONE."
  }

  validation {
    condition = var.url.cors == null ? true : alltrue([
      for texts in [var.url.cors.allow_headers, var.url.cors.expose_headers] :
      length(texts) <= 100 && alltrue([for text in texts : length(text) <= 1024])
    ])
    error_message = "CORS can allow at most 100 headers and expose at most 100, each of at most 1024 characters."
  }

  validation {
    condition = var.url.cors == null ? true : length(var.url.cors.allow_methods) <= 6 && alltrue([
      for method in var.url.cors.allow_methods : contains(["*", "DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"], method)
    ])
    error_message = "CORS can allow at most 6 methods, out of DELETE, GET, HEAD, PATCH, POST, PUT and *."
  }

  validation {
    condition = var.url.cors == null ? true : length(var.url.cors.allow_origins) <= 100 && alltrue([
      for origin in var.url.cors.allow_origins : length(origin) >= 1 && length(origin) <= 253
    ])
    error_message = "CORS can allow at most 100 origins, each of 1 to 253 characters."
  }

  validation {
    condition     = var.url.cors == null ? true : var.url.cors.max_age >= 0 && var.url.cors.max_age <= 86400 && floor(var.url.cors.max_age) == var.url.cors.max_age
    error_message = "The maximum age for CORS must be a whole number from 0 to 86400, in seconds."
  }
}
