"""The registry of errors: the texts in the code, in `registry.txt` and in the reference are the same."""
