"""Reads the data of the console's views. Each module has the addresses of one view, and returns JSON."""
