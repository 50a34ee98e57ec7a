"""Recognises what has another Terraform address than in the last rendering, and decides what is moved.

It compares the addresses of two renderings, and keeps the moves that a stage may still need. It reads and
writes nothing.
"""
