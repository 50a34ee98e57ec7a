"""Runs the local AWS emulator, and handlers on this machine without one.

Starts and stops the emulator, and configures Terraform and AWS clients to use it. Knows nothing about the
command line.
"""
