"""Draw the app's icons: a cloud watched by an eye whose iris is a radar.

    python tools/draw_icons.py        (needs Chromium: the SVG below is rendered by it)

Splunk shows static/appIcon.png (36 px), its _2x (72 px), and the Alt pair on the app bar, which is
drawn in one colour there.
"""

from __future__ import annotations

import shutil
import subprocess
import sys
import tempfile
from pathlib import Path

STATIC = Path(__file__).resolve().parent.parent / "static"

CLOUD = (
    "M17 53 C8 53 3 46.5 3 39.5 C3 32.5 8 27 14.5 26 C15 15.5 23.5 9 33 9 "
    "C41.5 9 48.5 14 51 21.5 C60.5 21.5 69 28.5 69 38 C69 46.5 62.5 53 54 53 Z"
)
EYE = "M16 39 C22 29.5 29 26 36 26 C43 26 50 29.5 56 39 C50 48.5 43 52 36 52 C29 52 22 48.5 16 39 Z"

COLOUR = f"""
<defs>
  <linearGradient id="sky" x1="0" y1="0" x2="0" y2="1">
    <stop offset="0" stop-color="#2f7fd1"/><stop offset="1" stop-color="#1a3b5c"/>
  </linearGradient>
</defs>
<g transform="translate(0 4)">
  <path d="{CLOUD}" fill="url(#sky)"/>
  <path d="{EYE}" transform="translate(0 -3)" fill="#ffffff"/>
  <circle cx="36" cy="36" r="9.5" fill="#0f766e"/>
  <path d="M36 36 L36 26.5 A9.5 9.5 0 0 1 45.5 36 Z" fill="#5eead4"/>
  <circle cx="36" cy="36" r="2.6" fill="#ffffff"/>
</g>"""

PLAIN = f"""
<mask id="cut">
  <rect width="72" height="72" fill="white"/>
  <path d="{EYE}" transform="translate(0 -3)" fill="black"/>
  <circle cx="36" cy="36" r="9.5" fill="white"/>
  <path d="M36 36 L36 26.5 A9.5 9.5 0 0 1 45.5 36 Z" fill="black"/>
</mask>
<g transform="translate(0 4)"><path d="{CLOUD}" fill="#ffffff" mask="url(#cut)"/></g>"""

ICONS = {
    "appIcon.png": (COLOUR, 36),
    "appIcon_2x.png": (COLOUR, 72),
    "appIconAlt.png": (PLAIN, 36),
    "appIconAlt_2x.png": (PLAIN, 72),
}


def draw(chromium: str, drawing: str, size: int, target: Path) -> None:
    svg = (
        f'<svg xmlns="http://www.w3.org/2000/svg" width="{size}" height="{size}" '
        f'viewBox="0 0 72 72">{drawing}</svg>'
    )
    with tempfile.TemporaryDirectory() as work:
        page = Path(work) / "icon.html"
        page.write_text(f"<style>*{{margin:0}}svg{{display:block}}</style>{svg}", "utf-8")
        subprocess.run(
            [
                chromium,
                "--headless",
                "--no-sandbox",
                "--disable-gpu",
                "--hide-scrollbars",
                "--default-background-color=00000000",
                f"--window-size={size},{size}",
                f"--screenshot={target}",
                page.as_uri(),
            ],
            check=True,
            capture_output=True,
        )


if __name__ == "__main__":
    browser = shutil.which("chromium") or shutil.which("google-chrome")
    if browser is None:
        sys.exit("draw_icons: Chromium is needed; install the package chromium")
    for name, (drawing, size) in ICONS.items():
        draw(browser, drawing, size, STATIC / name)
