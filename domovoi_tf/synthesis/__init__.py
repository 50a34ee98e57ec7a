"""Turns a valid application and its settings into the stack that the templates print.

All names, labels and Terraform addresses are decided here. It checks nothing, and it does not know how the
stack is printed.
"""
