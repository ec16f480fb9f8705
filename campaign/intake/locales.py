"""Locales: BCP-47 tags, and the language a market speaks first. A door for babel."""

import re
from functools import cache

from babel import Locale
from babel.core import get_global
from babel.languages import get_official_languages

from campaign.intake.nearest import nearest
from campaign.intake.places import MARKETS, nearest_market
from campaign.intake.remarks import Reading, refused

RULE = "csv.locale"
_TAG = re.compile(
    r"([a-z]{2,3})(?:-([a-z]{4}))?(?:-([a-z]{2}|\d{3}))?((?:-(?:[a-z0-9]{5,8}|\d[a-z0-9]{3}))*)", re.IGNORECASE
)
_CURE = "Write language-REGION as BCP 47 has it: de-DE, zh-Hant-TW, es-419."
_SPOKEN = {"NO": "nb"}
"""Where CLDR's first language is not how the locale is written: it says `no`, of which `nb` is the written form."""


def read_locale(text: str) -> Reading[str]:
    """The tag in its usual capitals: `pt_br` is `pt-BR`, `zh-hant-tw` is `zh-Hant-TW`; variants (`ca-valencia`) stay."""
    tag = text.replace("_", "-")
    match = _TAG.fullmatch(tag)
    if match is None:
        return refused(RULE, "is not a locale", _CURE, _language_named(text))
    language, script, region, variants = match[1].lower(), match[2], match[3], match[4].lower()
    if language not in _languages():
        return refused(RULE, f"has {language!r}, which is not a language", _CURE, nearest_language(language, region))
    if script and script.title() not in Locale("en").scripts:
        return refused(RULE, f"has {script!r}, which is not a script", _CURE, nearest(script, Locale("en").scripts))
    if region and region.upper() not in MARKETS and not (region.isdigit() and region in Locale("en").territories):
        meant = nearest_market(region)
        return refused(RULE, f"has {region!r}, which is not a region", _CURE, f"{language}-{meant}" if meant else None)
    return Reading("-".join(filter(None, (language, script and script.title(), region and region.upper()))) + variants)


def region_of(locale: str) -> str | None:
    """The country in a locale as `read_locale` gives it; None when it has none or a UN region (es-419)."""
    return next((part for part in locale.split("-")[1:] if part in MARKETS), None)


def languages_of(market: str) -> tuple[str, ...]:
    """The official languages of a market, the most spoken first, as tags without a region; at times none."""
    official = get_official_languages(market, de_facto=True)
    first = _SPOKEN.get(market)
    found = (*((first,) if first else ()), *(language.replace("_", "-") for language in official))
    return tuple(dict.fromkeys(found))


def main_locale(market: str) -> str | None:
    """The locale of a market's first language: DE -> de-DE, TW -> zh-Hant-TW."""
    languages = languages_of(market)
    return f"{languages[0]}-{market}" if languages else None


def is_spoken(locale: str, market: str) -> bool:
    """Whether the locale's language is spoken by a notable part of a market (CLDR), or everywhere (English)."""
    language = locale.partition("-")[0]
    spoken = {name.partition("_")[0] for name in get_global("territory_languages").get(market, {})}
    return language == "en" or language in spoken or region_of(locale) == market


def nearest_language(language: str, region: str | None) -> str | None:
    """What a wrong language may have meant: the first one of the region."""
    market = (region or language).upper()
    return main_locale(market) if market in MARKETS else None


def _language_named(text: str) -> str | None:
    """The tag of a language called by its English name."""
    names = {name.casefold(): tag for tag, name in Locale("en").languages.items()}
    found = names.get(text.casefold()) or names.get(nearest(text, names) or "")
    return str(found).replace("_", "-") if found else None


@cache
def _languages() -> frozenset[str]:
    tags = set(get_global("language_aliases")) | {str(tag).partition("_")[0] for tag in Locale("en").languages}
    return frozenset(tags)
