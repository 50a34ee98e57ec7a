"""Finds the files on this machine that dependencies are built from, whatever the spelling of the references.

Reads files only: it neither installs nor writes anything, except copies of requirements files.
"""
