"""Runs the handlers of the working tree for the real events of the emulator: the command `dev`.

One asyncio process accepts the invocations that the emulator forwards, and hands each to a warm child process
of its function. A saved file replaces the children; the events that run finish on the old code.
"""
