"""fanout doctor: what this machine has and lacks, each lack with its cure."""

from dataclasses import asdict
from pathlib import Path

import click

from campaign.settings import read_settings
from fanout.console import emit, say
from fanout.exits import DONE, REFUSED
from fanout.options import campaign_option, json_option, options, provider_option


@click.command("doctor")
@options(campaign_option, provider_option, json_option)
def command(campaign_file: Path, provider: str | None, as_json: bool) -> int:
    """Check ffmpeg, disk, ledger, server, keys and accounts, each with its cure.

    What the campaign's own provider (or that of --provider) lacks is a fault, what others lack a remark. They are asked
    only where a key is set, and asking costs nothing. No key is shown: four hex digits tell one from another.
    """
    from fanout.doctor_machine import examine_machine
    from fanout.doctor_providers import examine_providers
    from fanout.doctor_room import examine_room
    from fanout.doctor_store import examine_store

    settings = read_settings(beside=campaign_file.parent)
    store = examine_store(settings)
    checks = [*examine_machine(campaign_file, settings), *([store] if store is not None else [])]
    checks += examine_room(campaign_file, settings)
    checks += examine_providers(campaign_file, settings, provider)
    if as_json:
        emit([asdict(check) for check in checks])
    for check in checks:
        mark = "[green]ok[/green]  " if check.ok else "[red]bad[/red] " if check.needed else "[yellow]note[/yellow]"
        say(f"{mark} {check.name}: ", plain=check.found + (f" -> {check.cure}" if check.cure and not check.ok else ""))
    return REFUSED if any(check.needed and not check.ok for check in checks) else DONE
