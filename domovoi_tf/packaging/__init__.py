"""Builds the deployment package: the app, its dependencies and the runtime.

The same inputs give the same bytes on any machine. It does not know Terraform or the rendered tree beyond the
path of the archive.
"""
