"""The recipe for Prometheus in docs/recipes.md holds."""

from pathlib import Path

from tests.harness.run.test_recipes import BLOCKS, Site


def test_the_metrics_recipe_names_a_file_that_the_collector_takes(tmp_path: Path) -> None:
    """The block runs a smoke run of production, and its file ends in .prom, which the collector wants."""
    site = Site(tmp_path)
    ended = site.run(f"cd {site.checkout}\n{BLOCKS['metrics']}", 0)
    assert ended.returncode == 0, ended.stderr
    (line, _) = site.runs.read_text().splitlines()
    assert line == (
        "start production --no-install smoke --openmetrics /var/lib/node_exporter/textfile/acceptance.prom"
    )
