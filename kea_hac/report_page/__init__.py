"""Specs, a review and the answers of servers → one HTML page. A module for each section, a template for each module."""
