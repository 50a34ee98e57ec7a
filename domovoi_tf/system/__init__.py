"""Accesses the files and processes of the machine that runs the tool.

Contains atomic writes, the transaction that replaces a folder, the user's state folder, background processes
and the trace log. Nothing here knows what an app, a stage or Terraform is.
"""
