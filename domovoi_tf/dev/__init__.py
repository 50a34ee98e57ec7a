"""The parts of `domovoi-tf dev`: real events of the local emulator run the handlers in the working tree."""
