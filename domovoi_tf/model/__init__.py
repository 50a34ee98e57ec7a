"""The application model: frozen records of what the decorators declare.

Every later stage reads these values and none changes them. They ship to Lambda, so this folder imports the
standard library alone. It does not know the configuration, and of Terraform it has only the names of resource
types and arguments.
"""
