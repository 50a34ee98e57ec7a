"""Reads and redrives the messages in dead-letter queues: the events that functions failed to handle.

`messages` parses them, `origins` finds the function that each one came from, and `queue` receives and deletes
them.
"""
