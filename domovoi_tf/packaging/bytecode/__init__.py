"""Compiles the modules of a package for the Python of the function, and decides whether to.

Lambda can write nothing into the folder of a function: without bytecode, each new environment compiles every
module that it imports. Knows no zips and no rendered tree.

https://peps.python.org/pep-3147/
"""
