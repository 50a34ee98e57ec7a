"""Queues: their attributes as arguments of Terraform, and what functions read of their messages."""
