"""Explains why a rendered tree is out of date, and shows the differences, without secrets.

Compares the files on the disk with their new rendering and with the manifest. Writes nothing.
"""
