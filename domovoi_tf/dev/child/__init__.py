"""The program of a child process, which imports the app and handles one event at a time.

It runs under the Python that imports the app, so it needs nothing but the standard library.
"""
