"""Servers → their configurations and states. No other folder uses the network.

`endpoints` finds where each daemon of a site can be asked. `gather` asks all of them in parallel and returns a value for each:
its configuration, or why that could not be read. Nothing here raises an exception for the behaviour of a server.
"""
