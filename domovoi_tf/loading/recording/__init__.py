"""Records what importing an app reads, in the child process: its modules and its data files."""
