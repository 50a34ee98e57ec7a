"""Amazon States Language: checks definitions, compiles them and derives the machine's permissions.

It works on definitions as plain values, and writes ARNs and permissions as Terraform expressions. It starts
nothing and writes no file.
"""
