"""Terraform's providers on this machine: which ones `terraform init` has installed, and from what."""
