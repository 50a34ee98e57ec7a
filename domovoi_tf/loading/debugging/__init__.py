"""Time limits of the child processes that run the app's code, which a debugger of an editor turns off."""
