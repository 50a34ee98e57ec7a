variable "name" {
  description = "Name of the load balancer; shortened where it has more than 32 characters or others than letters, digits and hyphens."
  type        = string
  nullable    = false

  validation {
    condition     = var.name != ""
    error_message = "The name is not empty."
  }
}

variable "domain_name" {
  description = "Domain name of an issued certificate in ACM, such as bar.example.com or *.example.com; it becomes the load balancer's DNS name."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.domain_name) <= 253 && can(regex("^([*]\\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$", var.domain_name))
    error_message = "A domain name has at most 253 characters in lower case, in two labels or more of at most 63 letters, digits and hyphens; the first may be *."
  }
}

variable "zone_name" {
  description = "Name of the public hosted zone in Route 53 that gets the record; null means the domain name without its first label, or itself where it has two."
  type        = string
  default     = null
}

variable "subnet_ids" {
  description = "Subnets of one VPC in two Availability Zones or more; null means the default subnets of the default VPC."
  type        = list(string)
  default     = null

  validation {
    condition     = var.subnet_ids == null ? true : length(distinct(var.subnet_ids)) >= 2
    error_message = "A load balancer takes subnets in two Availability Zones or more."
  }
}

variable "internal" {
  description = "Whether the load balancer has private addresses only, and not public ones."
  type        = bool
  default     = false
  nullable    = false
}

variable "tags" {
  description = "Tags of everything that takes tags."
  type        = map(string)
  default     = {}
  nullable    = false

  validation {
    condition = length(var.tags) <= 50 && alltrue([
      for key, value in var.tags : can(regex("^.{1,128}$", key)) && !startswith(key, "aws:") && length(value) <= 256
    ])
    error_message = "AWS takes at most 50 tags, with keys of 1 to 128 characters that do not begin with aws: and values of at most 256 characters."
  }
}
