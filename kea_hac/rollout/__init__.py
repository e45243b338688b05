"""The deploy: plan → steps → journal. The only package that changes a server."""
