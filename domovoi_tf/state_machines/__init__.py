"""Amazon States Language: checks definitions, compiles them and derives the machine's permissions.

It works on definitions as plain values. It knows neither their source nor how they are rendered.
"""
