# What apps share in one Region.

variable "cidr_block" {
  description = "Addresses of the network."
  type        = string
}

data "aws_caller_identity" "current" {}

data "aws_partition" "current" {}

data "aws_region" "current" {}

data "aws_availability_zones" "available" {
  state = "available"
}

# [account]
locals {
  account = {
    partition = data.aws_partition.current.partition
    region    = split(".", data.aws_region.current.endpoint)[1]
    id        = data.aws_caller_identity.current.account_id
  }
}

# [output]
output "account" {
  description = "Partition, Region and ID of the account: the app composes ARNs of them."
  value       = local.account
}
