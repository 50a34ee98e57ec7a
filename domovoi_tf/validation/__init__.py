"""Finds the problems of an application and its settings before anything is written.

Each check returns problems with a location and a remedy, and all of them are reported at once. This folder
writes nothing and starts no process.
"""
