"""Accesses the files and processes of the machine that runs the tool.

Contains atomic writes, the transaction that replaces a folder, the user's state folder, background processes,
the trace log and the location of the files that ship with the package. Nothing here interprets an app, a
stage or a plan.
"""
