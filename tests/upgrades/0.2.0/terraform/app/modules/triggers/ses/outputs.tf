output "rule_name" {
  description = "Name of the receipt rule, known once the rule exists and another can follow it."
  value       = aws_ses_receipt_rule.this.name
}
