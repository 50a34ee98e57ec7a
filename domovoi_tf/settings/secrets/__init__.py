"""Decides which values of the configuration may be secrets.

The configuration rejects those that would be readable in the repository, `domovoi-tf config` masks the
others, and error messages quote none.
"""
