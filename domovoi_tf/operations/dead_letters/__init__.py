"""Reads and redrives the messages in dead-letter queues: the events that functions failed to handle.

`senders` finds the queues, `messages` parses their messages, `origins` finds the function or the queue that
each one came from, `queue` receives, deletes and sends them back, and `redriver` handles one of them again.
"""
