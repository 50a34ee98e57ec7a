"""Manages remote state: its bucket, its lock, its migration, and its recovery after a killed run.

Changes the state and the place where it is kept, never the deployed resources.
"""
