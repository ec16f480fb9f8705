"""Gathers what is finished: names, manifest, gallery, prompt pages."""
