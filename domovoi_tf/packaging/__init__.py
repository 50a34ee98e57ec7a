"""Builds the deployment package: the app, its dependencies and the runtime.

The same inputs give the same bytes on any machine. Knows nothing about Terraform or the rendered tree except
the path of the archive.
"""
