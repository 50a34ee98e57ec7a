"""Checks IAM policy files against the grammar of the policy language, with the position of each problem.

Checks only the text: AWS decides which actions and resources exist.
"""
