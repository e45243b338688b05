"""The rules: they check a spec as it was written, the resolved site, compiled configurations and Kea's own files.

Check functions register themselves (`registry.checks`); those of one subject run in one way for all (`run`).
"""
