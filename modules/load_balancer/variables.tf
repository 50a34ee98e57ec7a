variable "name" {
  description = "Name of the load balancer. A name with more than 32 characters, or with characters other than letters, digits and hyphens, is shortened."
  type        = string
  nullable    = false

  validation {
    condition     = var.name != ""
    error_message = "The name must not be empty."
  }
}

variable "domain_name" {
  description = "Domain name of an issued ACM certificate, such as bar.example.com or *.example.com. It becomes the DNS name of the load balancer."
  type        = string
  nullable    = false

  validation {
    condition     = length(var.domain_name) <= 253 && can(regex("^([*]\\.)?([a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?\\.)+[a-z][a-z0-9-]{0,61}[a-z0-9]$", var.domain_name))
    error_message = "The domain name must have at most 253 characters, in two or more labels separated by dots. A label must have 1 to 63 lowercase letters, digits and hyphens; the first label can be *."
  }
}

variable "zone_name" {
  description = "Name of the public Route 53 hosted zone for the record; null means the domain name without its first label, or the domain name itself if it has two labels."
  type        = string
  default     = null
}

variable "subnet_ids" {
  description = "Subnets of one VPC in at least two Availability Zones; null means the default subnets of the default VPC."
  type        = list(string)
  default     = null

  validation {
    condition     = var.subnet_ids == null ? true : length(distinct(var.subnet_ids)) >= 2
    error_message = "A load balancer needs at least two subnets, in different Availability Zones."
  }
}

variable "internal" {
  description = "Whether the load balancer has private addresses instead of public ones. A change replaces it."
  type        = bool
  default     = false
  nullable    = false
}

variable "access_logs" {
  description = "Bucket for the access logs, which allows the service to write there, and a prefix of their keys; null for no logs."
  type = object({
    bucket = string
    prefix = optional(string)
  })
  default = null
}

variable "deletion_protection" {
  description = "Whether AWS rejects requests to delete the load balancer."
  type        = bool
  default     = false
  nullable    = false
}

variable "drop_invalid_header_fields" {
  description = "Whether headers with invalid names are removed from requests."
  type        = bool
  default     = true
  nullable    = false
}

variable "web_acl" {
  description = "Web ACL of AWS WAF in the Region, which filters all requests; null for none."
  type        = object({ arn = string })
  default     = null
}

variable "tags" {
  description = "Tags of all resources that support tags."
  type        = map(string)
  default     = {}
  nullable    = false
}
