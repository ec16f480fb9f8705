"""Gathers a campaign: finished films get their names, then manifest and gallery are written from what lies there."""

from dataclasses import dataclass
from pathlib import Path

from campaign.delivery.gallery import write_gallery
from campaign.delivery.manifest import build_manifest, delivered_files, read_manifest, write_manifest
from campaign.delivery.placing import place, withdraw
from campaign.model.standing import Standing
from campaign.preparing.prepare import Prepared


@dataclass(frozen=True, slots=True)
class Gathered:
    """What gathering left: where everything stands now, the manifest, the gallery, and names that were taken back."""

    standing: Standing
    manifest: Path
    gallery: Path
    withdrawn: tuple[str, ...]


def gather(prepared: Prepared, selected: frozenset[str]) -> Gathered:
    """Place, count and show the films of `prepared`. `selected` are the ids of the films the run was asked for.

    Safe to repeat at any time. Raises StoreError when the store lost a file that the ledger has.
    """
    plan, out = prepared.plan, prepared.plan.out
    former = delivered_files(read_manifest(out))
    withdrawn = withdraw(plan, former)
    place(plan, prepared.standing().finished, prepared.store)
    standing = prepared.standing()
    manifest = build_manifest(plan, standing, selected)
    gallery = write_gallery(plan, standing, manifest, prepared.store)
    return Gathered(standing, write_manifest(manifest, out), gallery, withdrawn)
