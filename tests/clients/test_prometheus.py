"""What operators watch, by Prometheus's own tools: the metrics page, the alerts, every panel."""
import json
import os
import pathlib
import subprocess
import time
import urllib.parse
import urllib.request

import pytest

from conftest import ROOT, free_port

GIVEN = os.environ.get("FATHOM_PROMETHEUS")
TOOLS = pathlib.Path(GIVEN or "/usr/bin")
ALERTS = ROOT / "grafana" / "prometheus"
SCRAPES_SECONDS = 6

# By hand only: scripts/test names the folder, and a tool missing there is a failure.
if not GIVEN and not (TOOLS / "promtool").exists():
    pytest.skip("Prometheus is not there: scripts/test brings it", allow_module_level=True)


def work(server):
    """A little of every kind, so that every metric has something to tell."""
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("CREATE EXTENSION IF NOT EXISTS vector")
        cursor.execute("DROP TABLE IF EXISTS watched")
        cursor.execute(
            "CREATE TABLE watched (id serial PRIMARY KEY, body text, embedding vector(2),"
            " words tsvector GENERATED ALWAYS AS (to_tsvector('english', body)) STORED)")
        cursor.execute("CREATE INDEX ON watched USING hnsw (embedding vector_l2_ops)")
        cursor.execute("CREATE INDEX ON watched USING gin (words)")
        cursor.execute(
            "INSERT INTO watched (body, embedding)"
            " SELECT 'number ' || i, ARRAY[i, 1]::vector FROM generate_series(1, 200) i")
        connection.commit()
        cursor.execute("SELECT id FROM watched ORDER BY embedding <-> '[3,1]' LIMIT 3")
        cursor.execute("SELECT count(*) FROM watched WHERE words @@ 'number'::tsquery")
        cursor.execute("UPDATE watched SET body = 'changed' WHERE id = 1")


def test_the_metrics_page_passes_promtool(server):
    work(server)
    checked = subprocess.run(
        [TOOLS / "promtool", "check", "metrics"], input=server.get("/metrics"), text=True, capture_output=True)
    assert checked.returncode == 0 and not checked.stderr, checked.stderr


def test_each_alert_fires_and_keeps_silent_as_it_should():
    tested = subprocess.run(
        [TOOLS / "promtool", "test", "rules", "alerts_test.yml"], cwd=ALERTS, text=True, capture_output=True)
    assert tested.returncode == 0, tested.stderr


@pytest.fixture(scope="module")
def prometheus(server, tmp_path_factory):
    """A Prometheus that scrapes the server every second; asks it as Grafana does."""
    folder, port = tmp_path_factory.mktemp("prometheus"), free_port()
    config = (ALERTS / "prometheus.yml").read_text()
    config = config.replace("15s", "1s").replace("8432", str(server.http_port))
    config = config.replace("alerts.yml", str(ALERTS / "alerts.yml"))
    (folder / "prometheus.yml").write_text(config)
    with open(folder / "log", "w") as log:
        process = subprocess.Popen(
            [TOOLS / "prometheus", f"--config.file={folder}/prometheus.yml", f"--storage.tsdb.path={folder}/data",
             f"--web.listen-address=127.0.0.1:{port}"], stdout=log, stderr=log)

    def ask(path, **parameters):
        url = f"http://127.0.0.1:{port}/api/v1/{path}?{urllib.parse.urlencode(parameters)}"
        try:
            with urllib.request.urlopen(url, timeout=10) as answer:
                return json.load(answer)
        except urllib.error.HTTPError as error:
            # While it starts it answers in plain text.
            if error.code == 503:
                raise
            return json.load(error)

    until = time.monotonic() + 60
    while time.monotonic() < until:
        assert process.poll() is None, (folder / "log").read_text()
        try:
            if ask("query", query="up{job='fathom'} == 1")["data"]["result"]:
                break
        except OSError:
            pass
        time.sleep(0.2)
    for _ in range(SCRAPES_SECONDS):
        work(server)
        time.sleep(1)
    yield ask
    process.kill()
    process.wait()


def expressions():
    dashboard = json.loads((ROOT / "grafana" / "dashboards" / "fathom.json").read_text())
    for panel in dashboard["panels"]:
        for target in panel.get("targets", []):
            yield panel["title"], target["expr"]


def test_every_panel_asks_what_prometheus_can_answer(prometheus):
    empty = set()
    for title, expression in expressions():
        query = expression.replace("$__rate_interval", "5s").replace("$__interval", "5s").replace("$instance", ".*")
        answer = prometheus("query", query=query)
        assert answer["status"] == "success", (title, query, answer)
        if not answer["data"]["result"]:
            empty.add(expression.split("{")[0].split("(")[-1])
    # What has never happened has no series yet.
    assert empty <= {"fathom_query_errors_total", "fathom_commit_failures_total", "fathom_auth_failures_total",
                     "fathom_connection_refusals_total"}


def test_no_alert_fires_on_a_healthy_server(prometheus):
    groups = prometheus("rules")["data"]["groups"]
    rules = [rule for group in groups for rule in group["rules"]]
    assert len(rules) > 10
    assert [rule["name"] for rule in rules if rule["state"] == "firing"] == []
