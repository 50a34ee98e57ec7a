"""Finds Terraform and runs it: output, exit codes, signals and lock errors.

It runs any root module. It knows nothing about apps and does not interpret plans.
"""
