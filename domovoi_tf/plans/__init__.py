"""Reads Terraform's plans: which handler each change belongs to, and what it means.

It works on the JSON of a plan and on the rendered tree. It runs nothing but ``terraform show`` and never
applies.
"""
