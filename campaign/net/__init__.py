"""The network: everything that opens a connection which is not a provider's API."""
