"""What a run of the room asks a person before it buys: the quote, the dry run, the price, the drafts."""
