"""The order of work: what happens, in which order, and the Prefect server that shows it. A door for prefect.

The flows that a person starts are here, `fan_out` and `regenerate`, and `fulfilling`, which carries out what was asked of the
room. Each part of the work has a folder, the lower first: hosting, showing, control, approvals and markets; above these flows,
room and terminal.
"""
