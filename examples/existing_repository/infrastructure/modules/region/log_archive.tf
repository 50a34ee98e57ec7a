# Another account has the logs of all accounts, and a destination for them in each Region.

variable "log_archive_account" {
  description = "ID of the account with the destination."
  type        = string
}

output "log_destination_arn" {
  description = "ARN of the destination for log lines."
  value       = "arn:${local.account.partition}:logs:${local.account.region}:${var.log_archive_account}:destination:archive"
}
