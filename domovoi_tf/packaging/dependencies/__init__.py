"""Installs the app's dependencies for Lambda: finds the file that lists them, and lets uv select the wheels.

The installed wheels are cached by a digest of every file of the project that an installation reads.
"""
