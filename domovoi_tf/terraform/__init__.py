"""Finds Terraform and runs it: output, exit codes, signals and lock errors.

It runs whatever root it is given. It knows neither the app nor what the plan means.
"""
