"""What a run shows and tells: words, tables, artifacts, events and notices, and how it ended."""
