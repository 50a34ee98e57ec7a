"""Builds the documentation's site with Zensical, from the Markdown files that GitHub shows.

Zensical reads one folder. `repository_pages` adds pages for other files of the repository that pages link to,
`navigation` reads the lists in the index pages, and `llms_text` writes the text files for language models.
"""


class SiteError(Exception):
    """The site cannot be built; the text lists all reasons."""
