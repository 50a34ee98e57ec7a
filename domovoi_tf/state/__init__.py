"""Remote state: its bucket, its lock, moving it, and recovering what a killed run created.

It reads and changes where Terraform keeps its state, never what is deployed.
"""
