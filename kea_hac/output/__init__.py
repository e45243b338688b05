"""The output tree: a pair's folder is written completely beside the old one, then takes its place. Never half-written."""
