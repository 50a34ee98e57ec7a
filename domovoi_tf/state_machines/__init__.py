"""Amazon States Language: checks definitions, compiles them and derives the machine's permissions.

It works on definitions as plain values. It does not know where they came from, nor how they are rendered.
"""
