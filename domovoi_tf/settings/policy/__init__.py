"""IAM policy files: JSON with positions, and IAM's grammar.

It judges the text alone; which actions and resources exist is AWS's to say.
"""
