"""Builds the site into `site/`, or into the folder that is the argument."""

from __future__ import annotations

import sys
from pathlib import Path

from . import SiteError
from .build import ROOT, build_site

if __name__ == "__main__":
    folder = Path(sys.argv[1]) if len(sys.argv) > 1 else ROOT / "site"
    try:
        build_site(folder)
    except SiteError as error:
        sys.exit(str(error))
    sys.stdout.write(f"The site is in {folder}; open {folder / 'index.html'}\n")
