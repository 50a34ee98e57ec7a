"""Reads Terraform plans and summarises their changes by handler.

Works on the JSON of a plan and on the rendered tree. Saves a plan for a later ``apply``, but never plans or
applies.
"""
