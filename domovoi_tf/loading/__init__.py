"""Imports the user's app in a child process and returns the application model.

The child runs under any Python that has the app's dependencies, in its own environment; only records of
the model come back. This folder does not know the configuration: it is given the variables to set.
"""
