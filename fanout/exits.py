"""Exit codes. They judge what was selected; precedence 130, 1, 5, 4, 3."""

DONE = 0
OUR_FAULT = 1
REFUSED = 2
GAPS = 3
BUDGET = 4
DECISION = 5
INTERRUPTED = 130
