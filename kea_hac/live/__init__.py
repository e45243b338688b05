"""Servers → what they hold: the only floor that talks to anybody.

`endpoints` says where each daemon of a site can be asked, `gather` asks them all at once and gives a value for each: what
it holds, or why that could not be read. Nothing here raises for what a server does.
"""
