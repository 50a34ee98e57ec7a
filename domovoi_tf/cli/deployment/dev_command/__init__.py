"""The command `dev`: its options, the preparation of the emulator, and the tasks that run together."""
