"""The operations room of a campaign: what can be started there, who starts it, its gallery and its receiver of hooks."""
