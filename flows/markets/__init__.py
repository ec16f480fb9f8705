"""The films, market by market: pages, in the run's own process or spread over the workers of a pool."""
