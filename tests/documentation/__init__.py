"""Checks the pages that people read: each code block is included from a file or run by a test."""
