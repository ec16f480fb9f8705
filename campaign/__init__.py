"""The core of Fanout: plans a campaign, buys each job once, conforms film. Never imports Prefect."""
