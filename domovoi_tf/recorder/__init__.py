"""Records the events that `dev` handles, each with its run, in a private file of the project.

It keeps, redacts, finds and removes records. It invokes nothing and prints nothing.
"""
