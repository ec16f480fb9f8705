"""Speed, as ratios against peers or limits measured in the same run: `python -m bench [figure …]`."""
