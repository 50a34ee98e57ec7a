"""The installation of domovoi-tf: from a clone, a repository, a file or an index, by pip, uv or pipx."""
