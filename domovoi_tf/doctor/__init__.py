"""Checks the preconditions of a deployment, and suggests remedies for what is wrong.

Each check returns findings and changes nothing.
"""
