"""Builds the IAM policy that a deployer needs for the resources of an app.

Knows the actions with which the AWS provider manages each type of resource, and on which ARNs.
"""
