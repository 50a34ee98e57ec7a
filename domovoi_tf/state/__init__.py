"""Manages remote state: its bucket, its lock, its migration, and its recovery after a killed run.

Reads and changes where Terraform keeps its state, never the deployed resources.
"""
