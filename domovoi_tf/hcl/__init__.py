"""Terraform's syntax: values, labels and the input variables of a module.

This is the only way by which a value gets into a ``.tf`` file, and the only place that quotes. It knows
nothing of templates or of AWS.
"""
