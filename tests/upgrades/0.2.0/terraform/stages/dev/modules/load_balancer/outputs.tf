output "listener_arn" {
  description = "ARN of the HTTPS listener."
  value       = aws_lb_listener.https.arn
}

output "load_balancer_arn" {
  description = "ARN of the load balancer."
  value       = aws_lb.this.arn
}

output "dns_name" {
  description = "DNS name of the load balancer itself, to which the record points."
  value       = aws_lb.this.dns_name
}

output "url" {
  description = "URL at the domain name."
  value       = "https://${aws_route53_record.this.name}"
}
