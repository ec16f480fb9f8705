"""What the terminal says after a stop: job by job what is off, what was kept and what still bills."""

from typing import TYPE_CHECKING

from fanout.console import say

if TYPE_CHECKING:
    from flows.control.calling_off import Aftermath

COLOURS = {"called off": "green", "kept": "green", "still bills": "yellow"}


def say_plainly(sentence: str) -> None:
    """A sentence in which nothing is markup."""
    say("", plain=sentence)


def say_aftermath(after: "Aftermath") -> None:
    """Each job on a line."""
    from flows.control.calling_off import told

    for heading, sentence in told(after):
        colour = COLOURS.get(heading)
        say(f"[{colour}]{heading}:[/{colour}] " if colour else "", plain=sentence)
