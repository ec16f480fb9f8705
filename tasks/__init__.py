"""One Prefect task per verb: how a step is named, retried, stopped. A door for prefect."""
