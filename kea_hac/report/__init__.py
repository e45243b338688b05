"""Findings → text, JSON, GitHub annotations: pure functions of the result types."""
