output "rule_name" {
  description = "Name of the receipt rule, once it is there for another to follow."
  value       = aws_ses_receipt_rule.this.name
}
