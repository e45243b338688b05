"""Existing files of one or more servers → one spec, with the proof that nothing was lost.

hosts → arrangement → fold → (text) → round trip. What the compiler derives is known here, so this floor stands above it.
"""
