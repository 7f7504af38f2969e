from tests.benchmarks.table import Line, Table


def test_the_table_says_what_missed_its_aim() -> None:
    told: list[str] = []
    table = Table(on_section=lambda so_far: told.append(so_far.text()))
    table.section("Speed", [Line("fast", "2", "at least 1", met=True), Line("fact", "3")])
    table.section("Size", [Line("large", "9", "at most 1", met=False)])
    assert table.missed == ["large"]
    lines = table.text().splitlines()
    assert len({len(line) for line in lines}) == 1, "the columns are aligned"
    assert [line.split("|")[1].strip() for line in lines[2:]] == ["**Speed**", "fast", "fact", "**Size**", "large"]
    assert [line.split("|")[4].strip() for line in lines[3:5]] == ["yes", ""]
    assert "large" not in told[0]
    assert told[1] == table.text()
