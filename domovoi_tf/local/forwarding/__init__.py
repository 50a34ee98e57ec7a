"""Makes the emulator hand the invocations of functions to `domovoi-tf dev`, which runs the working tree.

`addresses` keeps one private file per function in the emulator's folder; `invocations` runs in the emulator's
program and reads them. Nothing of it is in the functions' configuration, so Terraform sees no drift.
"""
