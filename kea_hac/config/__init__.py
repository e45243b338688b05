"""`kea-hac.toml`: what a site sets for all its specs. Nothing in it runs a program, names a host or writes outside of the work tree.

toml_text       bytes → tables, with the line of each key
settings        tables → settings, each with its place
review_limits   the table [review]
search          which file counts for an input
apply           settings and findings → what is shown, and what is ignored
strictest       two revisions of settings → those that a change is reviewed by
"""

from __future__ import annotations

from kea_hac.config.review_limits import AMOUNTS, NO_LIMITS, Amount, ReviewLimits, review_limits
from kea_hac.config.settings import NO_SETTINGS, RuleBook, Settings, read_settings
from kea_hac.config.toml_text import FILE, LARGEST, PYPROJECT, ConfigError

__all__ = [
    "AMOUNTS",
    "FILE",
    "LARGEST",
    "NO_LIMITS",
    "NO_SETTINGS",
    "PYPROJECT",
    "Amount",
    "ConfigError",
    "ReviewLimits",
    "RuleBook",
    "Settings",
    "read_settings",
    "review_limits",
]
