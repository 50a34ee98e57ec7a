variable "function" {
  description = "The function that answers the requests."
  type = object({
    name = string
    arn  = string
  })
  nullable = false
}

variable "url" {
  description = "The URL. authorization_type: who may call it, AWS_IAM for those whom IAM allows it, NONE for everybody. cors: which pages of other origins may read the responses; max_age is in seconds; null allows none. invoke_mode: whether the response comes as a whole, BUFFERED, or as the function writes it, RESPONSE_STREAM."
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
    error_message = "The authorization type of a function URL is AWS_IAM or NONE."
  }

  validation {
    condition = var.url.cors == null ? true : alltrue([
      for texts in [var.url.cors.allow_headers, var.url.cors.expose_headers] :
      length(texts) <= 100 && alltrue([for text in texts : length(text) <= 1024])
    ])
    error_message = "CORS has at most 100 headers to allow and 100 to expose, each of at most 1024 characters."
  }

  validation {
    condition = var.url.cors == null ? true : length(var.url.cors.allow_methods) <= 6 && alltrue([
      for method in var.url.cors.allow_methods : contains(["*", "DELETE", "GET", "HEAD", "PATCH", "POST", "PUT"], method)
    ])
    error_message = "CORS has at most 6 methods: *, DELETE, GET, HEAD, PATCH, POST and PUT are there."
  }

  validation {
    condition = var.url.cors == null ? true : length(var.url.cors.allow_origins) <= 100 && alltrue([
      for origin in var.url.cors.allow_origins : length(origin) >= 1 && length(origin) <= 253
    ])
    error_message = "CORS has at most 100 origins, each of 1 to 253 characters."
  }

  validation {
    condition     = var.url.cors == null ? true : var.url.cors.max_age >= 0 && var.url.cors.max_age <= 86400 && floor(var.url.cors.max_age) == var.url.cors.max_age
    error_message = "The maximum age of CORS is a whole number of seconds from 0 to 86400."
  }

  validation {
    condition     = contains(["BUFFERED", "RESPONSE_STREAM"], var.url.invoke_mode)
    error_message = "The invoke mode of a function URL is BUFFERED or RESPONSE_STREAM."
  }
}
