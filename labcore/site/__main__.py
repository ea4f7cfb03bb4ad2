"""`python -m labcore.site [folder]`: build the site there, by default in build/site."""

import sys
from pathlib import Path

from labcore.site.build import ROOT, build

if __name__ == "__main__":
    folder = Path(sys.argv[1]) if sys.argv[1:] else ROOT / "build" / "site"
    print(f"{build(folder)} pages in {folder}; begin with {folder / 'index.html'}")
