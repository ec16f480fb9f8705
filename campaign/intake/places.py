"""Markets: ISO 3166 countries, and the groups of them that people name. A door for babel."""

import re
from functools import cache

from babel import Locale
from babel.core import get_global

from campaign.intake.nearest import nearest
from campaign.intake.remarks import Reading, Remark, refused
from campaign.model.faults import Level

RULE = "csv.market"
_CODES = (
    "AD AE AF AG AI AL AM AO AQ AR AS AT AU AW AX AZ BA BB BD BE BF BG BH BI BJ BL BM BN BO BQ BR BS BT BV BW BY BZ "
    "CA CC CD CF CG CH CI CK CL CM CN CO CR CU CV CW CX CY CZ DE DJ DK DM DO DZ EC EE EG EH ER ES ET FI FJ FK FM FO FR "
    "GA GB GD GE GF GG GH GI GL GM GN GP GQ GR GS GT GU GW GY HK HM HN HR HT HU ID IE IL IM IN IO IQ IR IS IT JE JM JO "
    "JP KE KG KH KI KM KN KP KR KW KY KZ LA LB LC LI LK LR LS LT LU LV LY MA MC MD ME MF MG MH MK ML MM MN MO MP MQ MR "
    "MS MT MU MV MW MX MY MZ NA NC NE NF NG NI NL NO NP NR NU NZ OM PA PE PF PG PH PK PL PM PN PR PS PT PW PY QA RE RO "
    "RS RU RW SA SB SC SD SE SG SH SI SJ SK SL SM SN SO SR SS ST SV SX SY SZ TC TD TF TG TH TJ TK TL TM TN TO TR TT TV "
    "TW TZ UA UG UM US UY UZ VA VC VE VG VI VN VU WF WS XK YE YT ZA ZM ZW"
)
MARKETS = frozenset(_CODES.split())
"""ISO 3166-1 alpha-2, and XK (Kosovo), which everybody uses and ISO leaves to its users."""

_EU = "AT BE BG CY CZ DE DK EE ES FI FR GR HR HU IE IT LT LU LV MT NL PL PT RO SE SI SK"
_GCC = "AE BH KW OM QA SA"
_MENA = f"{_GCC} DZ EG IQ JO LB LY MA TN"
_AFRICA = "AO BJ BW CI CM ET GH KE MG ML MU MZ NA NG RW SN TZ UG ZA ZM ZW"
_LATAM = "AR BO BR CL CO CR DO EC GT HN MX NI PA PE PR PY SV UY VE"
GROUPS = {
    "DACH": "DE AT CH",
    "Nordics": "DK FI IS NO SE",
    "Scandinavia": "DK NO SE",
    "Baltics": "EE LT LV",
    "Benelux": "BE NL LU",
    "Iberia": "ES PT",
    "UKI": "GB IE",
    "EU": _EU,
    "GCC": _GCC,
    "MENA": _MENA,
    "EMEA": f"{_EU} CH GB IS NO RS TR UA IL {_MENA} {_AFRICA}",
    "LATAM": _LATAM,
    "ANZ": "AU NZ",
    "SEA": "ID MY PH SG TH VN",
    "APAC": "AU CN HK ID IN JP KR MY NZ PH SG TH TW VN",
}
"""Sales regions. There is no standard: these are the countries each usually means; plan shows what came of it."""

_GROUPS = {re.sub(r"\W", "", name).casefold(): tuple(dict.fromkeys(codes.split())) for name, codes in GROUPS.items()}
_WRONG = {"UK": "GB", "EL": "GR", "SP": "ES", "JA": "JP", "KO": "KR", "VIE": "VN", "SUI": "CH", "ENG": "GB"}
_TOTALS = frozenset(("total", "totals", "sum", "summe", "gesamt", "gesamtergebnis", "totale", "somme", "grand total"))


def read_markets(text: str) -> Reading[tuple[str, ...]]:
    """The markets a cell names: one country, a group, or a list (`DE|AT`). Each once, in the order named."""
    parts = [part.strip() for part in re.split(r"[|;,/+&\n]", text) if part.strip()]
    readings = [_read_market(part, "is" if len(parts) == 1 else f"names {part!r}, which is") for part in parts]
    remarks = tuple(remark for reading in readings for remark in reading.remarks)
    if not parts or any(reading.value is None for reading in readings):
        return Reading(None, remarks) if remarks else refused(RULE, "names no country", "Write a code such as DE.")
    return Reading(tuple(dict.fromkeys(market for reading in readings for market in reading.value or ())), remarks)


def _read_market(text: str, it_is: str) -> Reading[tuple[str, ...]]:
    if text.upper() in MARKETS:
        return Reading((text.upper(),))
    group = _GROUPS.get(re.sub(r"\W", "", text).casefold())
    if group:
        problem = f"{it_is} a group, read as {', '.join(group)}"
        note = Remark(
            rule="csv.market_group", problem=problem, cure="Write the countries to have others.", level=Level.INFO
        )
        return Reading(group, (note,))
    if text.casefold() in _TOTALS:
        return refused(
            RULE, f"{it_is} no country: this looks like a row of totals", "Delete the row, or begin it with #."
        )
    cure = "Write an ISO 3166 code of two letters, such as DE, or a group, such as DACH."
    return refused(RULE, f"{it_is} not a country's code", cure, nearest_market(text))


def nearest_market(text: str) -> str | None:
    """The code that was meant by another code (UK, DEU), by a locale or a country's name (in a few languages)."""
    code = text.upper()
    if code in _WRONG:
        return _WRONG[code]
    language, _, region = code.replace("_", "-").rpartition("-")
    if language and region in MARKETS:
        return region
    replaced = [new for new in get_global("territory_aliases").get(code, ()) if new in MARKETS]
    if len(replaced) == 1:
        return str(replaced[0])
    names = _names()
    found = names.get(text.casefold()) or names.get(nearest(text, names) or "") if len(text) > 3 else None
    return found or (nearest(text, GROUPS) if len(text) > 2 else None)


@cache
def _names() -> dict[str, str]:
    """Countries' names, case-folded, with their codes."""
    names: dict[str, str] = {}
    for language in ("en", "de", "fr", "es", "it", "pt"):
        territories = Locale(language).territories
        names |= {territories[code].casefold(): code for code in MARKETS if code in territories} | names
    return names
