"""The dispatcher that runs inside Lambda: it finds an event's handlers and calls them.

Standard library only.
"""
