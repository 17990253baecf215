"""Print the single-page build to a tagged PDF with an outline.

Usage: python tools/make_pdf.py CHROMIUM
"""

import subprocess
import sys
import tempfile
from pathlib import Path

from pypdf import PdfReader, PdfWriter
from pypdf.generic import NameObject, TextStringObject

ROOT = Path(__file__).resolve().parent.parent
PAGE = ROOT / "_build" / "singlehtml" / "intro.html"
TARGET = ROOT / "_build" / "pdf" / "review.pdf"
TITLE = "Stem cells for progressive multiple sclerosis: an executable review"


def main(chromium: str) -> None:
    """Run Chromium without network, then set title and language."""
    TARGET.parent.mkdir(parents=True, exist_ok=True)
    with tempfile.TemporaryDirectory() as folder:
        printed = Path(folder) / "printed.pdf"
        command = [
            chromium, "--headless", "--no-sandbox", "--disable-gpu", "--no-first-run",
            "--disable-background-networking", "--disable-component-update", "--disable-sync",
            "--generate-pdf-document-outline", "--no-pdf-header-footer",
            "--virtual-time-budget=20000", f"--user-data-dir={folder}/profile",
            f"--print-to-pdf={printed}", PAGE.as_uri(),
        ]  # fmt: skip
        done = subprocess.run(command, capture_output=True, text=True, timeout=1800)
        if done.returncode or not printed.exists():
            sys.exit(f"Chromium could not print the book:\n{done.stderr[-2000:]}")
        writer = PdfWriter(clone_from=PdfReader(printed))
        writer.add_metadata({"/Title": TITLE, "/Subject": "Living literature review"})
        writer.root_object.update({NameObject("/Lang"): TextStringObject("en-GB")})
        writer.write(TARGET)
    print(f"The PDF is ready: {TARGET}")


if __name__ == "__main__":
    if len(sys.argv) != 2:
        sys.exit(__doc__)
    main(sys.argv[1])
