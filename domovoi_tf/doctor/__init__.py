"""Looks for what would stop a deployment, and names the remedy.

Each check returns findings and changes nothing.
"""
