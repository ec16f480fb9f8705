"""Sheets in old encodings are refused with the likeliest encoding and what it reads; mixed ones by the row."""

import pytest

from campaign.intake.encoding import decode


@pytest.mark.parametrize(
    ("encoding", "text"),
    [
        ("cp1252", "Für 5 € – süß, à la carte, niño"),
        ("cp1252", "Fraîcheur d’été, À découvrir"),
        ("mac_roman", "Für süß é ça"),
        ("cp1250", "Świeży smak, żółć, mąka"),
        ("cp1254", "Şimdi dene, ağaç gölgesi, ışık"),
        ("cp1251", "Свежий вкус, лето"),
        ("cp1253", "Φρέσκο καλοκαίρι"),
        ("cp932", "新鮮な味、夏のソーダ"),
        ("cp949", "신선한 여름"),
    ],
)
def test_the_encoding_is_named_by_what_reads_best(encoding: str, text: str) -> None:
    _, fault = decode(f"market,headline\nDE,{text}\n".encode(encoding), "variants.csv")
    assert fault is not None
    assert f"looks like {encoding}" in fault.cure
    assert text.split(",", maxsplit=1)[0] in fault.cure


def test_a_row_in_another_encoding_than_the_rest_is_told_as_such() -> None:
    data = "market,headline\nDE,süß\n".encode() + "DE,süß\n".encode("cp1252")
    _, fault = decode(data, "variants.csv")
    assert fault is not None
    assert fault.place == "3:5"
    assert "two encodings are mixed" in fault.problem
    assert "cp1252, which reads 'süß'" in fault.cure
