"""Which of a row's values a template needs."""

from collections.abc import Mapping
from functools import lru_cache

from campaign.model.prompts import Template
from campaign.prompts.confinement import Outcome, run_templates


def used_variables(template: Template, templates: Mapping[str, Template]) -> frozenset[str]:
    """Names that `template` takes from a row, those of the templates that it includes among them.

    Empty for a template that cannot be read: rendering says what is wrong with it. All of `templates` are inspected at the
    first call, in one child process, and remembered.
    """
    bodies = {name: each.body for name, each in templates.items()} | {template.name: template.body}
    return frozenset(_inspected(tuple(sorted(bodies.items())))[template.name].uses)


@lru_cache(maxsize=4)
def _inspected(bodies: tuple[tuple[str, str], ...]) -> Mapping[str, Outcome]:
    return run_templates(dict(bodies), {name: () for name, _ in bodies}, ())
