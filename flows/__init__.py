"""The order of work: what happens, in which order, and the Prefect server that shows it. A door for prefect."""
