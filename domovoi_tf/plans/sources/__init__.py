"""Reads expressions from the Terraform of modules, and evaluates them as far as a plan has their values.

The JSON of a plan has no statements of a policy that contains an unknown ARN; the module's text has them.
"""
