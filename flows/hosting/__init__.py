"""Our own Prefect server, and who uses it: started, joined, kept up, put in order after a crash."""
