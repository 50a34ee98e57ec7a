"""Terraform syntax: values, labels and the input variables of the app's module.

Every value in a ``.tf`` file is quoted and escaped here, and nowhere else. This folder knows neither the
templates nor AWS.
"""
