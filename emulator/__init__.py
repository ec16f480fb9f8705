"""Stand-in servers of the providers: their protocols, their refusals, their bills and their faults, on loopback."""
