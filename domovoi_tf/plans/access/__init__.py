"""Compares who may do what before and after a plan, statement by statement, and finds what is public.

Reads the JSON of a plan. Sensitive values are never returned; unknown ones are named by their addresses.
"""
