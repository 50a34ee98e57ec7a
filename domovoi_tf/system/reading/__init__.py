"""Reads files and folders that somebody else wrote, in bounded time: no pipe, and no endless links."""
