"""Converts a valid application and its settings to the stack that the templates print.

All names, labels and Terraform addresses are decided here. This folder checks nothing, and does not know how
the stack is printed.
"""
