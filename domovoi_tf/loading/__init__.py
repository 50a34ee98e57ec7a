"""Imports the user's app in a child process and returns the application model.

The child process runs under any Python that has the app's dependencies, in an environment of its own. It
returns records of the model only. This folder does not know the configuration: callers pass the environment
variables to set.
"""
