"""Explains mistakes for which the import of an app fails. The child process that imports the app runs this.

Each function returns a message and a remedy, or None if the error is another one. Nothing here needs more
than the standard library.
"""
