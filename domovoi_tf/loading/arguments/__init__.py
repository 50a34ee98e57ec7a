"""Checks the arguments of all calls that declare an app by one table of types: the signatures' annotations.

Only rendering and tests use this folder; the deployment package does not contain it. It needs nothing but the
standard library, because the child process that imports the app runs it.
"""
