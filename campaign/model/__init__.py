"""Frozen nouns; standard library only."""
