"""The master report: a table for people, a document for scripts."""

from dataclasses import asdict

from campaign.model.edit import MasterEdit
from campaign.model.master_report import MasterReport, Verdict
from fanout.console import say, say_table


def say_report(edit: MasterEdit, report: MasterReport) -> None:
    """Print every fact with its verdict, then what each provider makes of the master."""
    facts = [(fact.name, fact.value, fact.verdict.value, fact.sentence) for fact in report.facts]
    say_table(f"master {edit.file.name}", ("fact", "value", "verdict", "what of it"), facts)
    limits = [(each.provider, each.problem, each.verdict.value, each.sentence) for each in report.limits]
    say_table("limits of the providers", ("provider", "limit", "verdict", "what becomes of it"), limits)


def say_told(edit: MasterEdit, report: MasterReport, provider: str) -> None:
    """Print what was mended in the master and what a person should know of it, limits of `provider` alone: those of the
    others are in `fanout check`. What nobody states and what is refused is told with the plan."""
    for done in edit.mended:
        say("[cyan]master mended:[/cyan] ", plain=done)
    for fact in report.facts:
        if fact.verdict is Verdict.TOLD:
            say("[yellow]master:[/yellow] ", plain=f"{fact.name}: {fact.value}. {fact.sentence}")
    for limit in report.limits:
        untold = limit.verdict is not Verdict.REFUSED and not limit.rule.endswith(".unproved")
        if limit.provider == provider and untold:
            say("[cyan]master:[/cyan] ", plain=f"{limit.provider}: {limit.problem}. {limit.sentence}")


def report_document(edit: MasterEdit, report: MasterReport) -> dict[str, object]:
    """The report with the file it is of; `used` is the mezzanine where one was made."""
    return {
        "path": str(edit.file),
        "sha256": edit.sha256,
        "used": str(edit.path),
        "mezzanine": edit.mezzanine,
        "mended": list(edit.mended),
        **asdict(report),
    }
