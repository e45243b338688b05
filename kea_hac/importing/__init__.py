"""Existing files of one or more servers → one spec, with the proof that nothing was lost.

hosts → arrangement → merge → YAML → round trip. The merge needs to know what the compiler derives, so this folder is above it.
"""
