"""Finds the apps in a plan, also in that of a repository that calls an app's module, maybe several times.

Reads the configuration in the JSON of a plan: the calls of modules, and the references of attributes.
"""
