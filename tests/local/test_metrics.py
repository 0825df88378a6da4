"""Figures that only rise say that they are counters, whoever keeps them."""

from prometheus_client.parser import text_string_to_metric_families

from lqe.local.metrics import Metrics


def test_sums_are_counters_and_what_rises_and_falls_is_a_gauge() -> None:
    metrics = Metrics()
    kept = {"sum": 3, "level": 7}
    metrics.counter("lqe_deltas_sent", "A sum", lambda: kept["sum"])
    metrics.gauge("lqe_connections", "A level", lambda: kept["level"])
    kept["sum"] = 5
    page = metrics.page().decode()
    assert "# TYPE lqe_deltas_sent_total counter\nlqe_deltas_sent_total 5.0\n" in page
    families = {family.name: family for family in text_string_to_metric_families(page)}
    assert families["lqe_connections"].type == "gauge"
    for family in families.values():
        sums = [s.name for s in family.samples if s.name.endswith("_total")]
        assert not sums or family.type == "counter", sums
