"""`ml-genn doctor`: what this machine has, what it lacks, and what to do about it."""

from __future__ import annotations

import dataclasses

import click

MARKS = {"ok": "OK", "missing": "!!", "optional": "--"}


@click.command("doctor", short_help="Say what this machine has and what it lacks.")
@click.option("--json", "as_json", is_flag=True, help="Print the findings as JSON.")
@click.pass_context
def command(ctx: click.Context, as_json: bool) -> None:
    """Look at Python, compiler, engines, packages, cache and settings; exit code 1 where something is missing."""
    from .findings import all_findings

    findings = all_findings()
    if as_json:
        import json

        click.echo(json.dumps([dataclasses.asdict(finding) for finding in findings], indent=2))
    else:
        width = max(len(finding.name) for finding in findings)
        for finding in findings:
            click.echo(f"{MARKS[finding.status]}  {finding.name:{width}}  {finding.detail}")
            if finding.remedy:
                click.echo(f"{'':{width + 6}}-> {finding.remedy}")
    if any(finding.status == "missing" for finding in findings):
        ctx.exit(1)
