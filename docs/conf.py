"""Sphinx: MyST pages, the reference from the docstrings; builds offline."""

from __future__ import annotations

import sys
from pathlib import Path

ROOT = Path(__file__).resolve().parents[1]
sys.path.insert(0, str(ROOT))  # the benchmarks are no part of the installed package

from benchmarks.page import page  # noqa: E402

(ROOT / "build").mkdir(exist_ok=True)
(ROOT / "build" / "benchmarks.md").write_text(page(), encoding="utf-8")

project = "riskmap"
author = "the riskmap developers"
copyright = "the riskmap developers, Apache-2.0"
language = "en"

extensions = ["myst_nb", "sphinx.ext.autodoc", "sphinx.ext.napoleon"]
nb_execution_mode = "off"
myst_enable_extensions = ["colon_fence", "deflist", "dollarmath"]
myst_heading_anchors = 3
exclude_patterns = ["build"]

autodoc_typehints = "signature"
autodoc_member_order = "bysource"
napoleon_google_docstring = False
napoleon_use_ivar = True

html_theme = "furo"
html_title = "riskmap 五色图"
