"""One way from campaign.toml to a plan, shared by check, plan and run, so that the preview cannot lie."""
