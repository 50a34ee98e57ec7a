"""Runs the command line as ``python -m domovoi_tf``, for the debuggers of editors, which start modules."""

from domovoi_tf.cli import main

main()
