"""Accesses the files and processes of the machine that runs the tool, and formats text.

Contains atomic writes, the transaction that replaces a folder, the user's state folder, background processes,
the trace log, the location of the files that ship with the package, and functions that format counts
and JSON, and strip colours and controls. Nothing here interprets an app, a stage or a plan.
"""
