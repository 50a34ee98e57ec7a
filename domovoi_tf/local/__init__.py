"""The local emulator of AWS, and handlers run on this machine without one.

It starts and stops the emulator, creates the resources that the app expects to find, and points clients at
it. It knows no command.
"""
