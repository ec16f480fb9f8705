"""Timecode: the frames of a film as an editor counts them."""

from fractions import Fraction

from campaign.model.rates import Cadence

START = "00:00:00:00"


def timecode_at(frame: int, rate: Fraction, first: str = START) -> str:
    """The timecode of a film's `frame`, of which that of frame 0 is `first`; with a semicolon it drops numbers, as is done at
    29.97 and 59.94. It begins again after a day."""
    nominal, drops = round(rate), ";" in first
    dropped = nominal // 15 if drops else 0
    hours, minutes, seconds, number = (int(part) for part in first.replace(";", ":").split(":"))
    minutes += 60 * hours
    count = (60 * minutes + seconds) * nominal + number - dropped * (minutes - minutes // 10) + frame
    tens, rest = divmod(count, 600 * nominal - 9 * dropped)
    count += dropped * (9 * tens + max(0, rest - dropped) // (60 * nominal - dropped))
    whole, number = divmod(count, nominal)
    clock = f"{whole // 3600 % 24:02}:{whole // 60 % 60:02}:{whole % 60:02}"
    return f"{clock}{';' if drops else ':'}{number:02}"


def timecode_in(text: str, cadence: Cadence) -> str:
    """A master's timecode as a film in that cadence counts the same moment: in its own frames."""
    return f"{text[:-2]}{cadence.place(int(text[-2:])):02}"
