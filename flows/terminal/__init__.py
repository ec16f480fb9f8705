"""Runs that a terminal begins, attends and cancels: what `fanout` calls."""
