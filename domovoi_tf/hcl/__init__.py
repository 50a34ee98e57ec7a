"""Terraform syntax: values, labels and the input variables of the app's module.

Every value in a ``.tf`` file is quoted and escaped here, and nowhere else. Of the templates, this folder
reads only the names of the input variables that the app's module declares.
"""
