"""The README's tour runs as it is printed, block by block, against a real server."""
import pathlib
import re

README = pathlib.Path(__file__).resolve().parents[2] / "README.md"


def test_the_tour_runs_as_printed(server, capsys):
    blocks = re.findall(r"^```python\n(.*?)^```$", README.read_text(encoding="utf-8"), re.M | re.S)
    assert len(blocks) >= 4
    names = {}
    for block in blocks:
        # `#> text` under a print is what it prints.
        expected = re.findall(r"^#> (.*)$", block, re.M)
        exec(compile(block.replace("port=5432", f"port={server.port}"), str(README), "exec"), names)
        printed = capsys.readouterr().out.splitlines()
        assert printed == expected, block
    names["connection"].close()
