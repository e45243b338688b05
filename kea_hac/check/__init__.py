"""The rules that judge a resolved site."""
