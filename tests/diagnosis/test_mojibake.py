"""Text that was decoded in the wrong encoding is found and repaired; text that was not is left alone."""

import pytest

from seqlab.diagnosis.mojibake import damaged, repaired

RIGHT = [
    "café",
    "naïve",
    "Straße",
    "“quoted”",
    "it’s",
    "wait…",
    "20 °C",
    "привет",
    "日本語",
    "Ελλάδα",
    "😀",
    "a\u00a0b",
]
ENCODINGS = ["windows-1252", "latin-1", "mac-roman"]


def misread(text: str, encoding: str) -> str:
    return "".join(
        bytes([byte]).decode(encoding, "replace") if encoding != "windows-1252" else _windows(byte)
        for byte in text.encode()
    )


def _windows(byte: int) -> str:
    """What browsers do: undefined bytes are control characters."""
    try:
        return bytes([byte]).decode("windows-1252")
    except UnicodeDecodeError:
        return chr(byte)


@pytest.mark.parametrize("encoding", ENCODINGS)
@pytest.mark.parametrize("text", RIGHT)
def test_utf8_that_was_read_as_another_encoding(text: str, encoding: str) -> None:
    wrong = f"one word {misread(text, encoding)} another"
    found = damaged(wrong)
    assert found
    assert repaired(found) in text


@pytest.mark.parametrize("text", ["cafÃ©", "Ð¿Ñ€Ð¸Ð²ÐµÑ‚", "broken \ufffd byte", "a \x96 dash", "РїСЂРёРІРµС‚"])
def test_known_damage(text: str) -> None:
    assert damaged(text)


@pytest.mark.parametrize(
    "text",
    [
        *RIGHT, "plain", "«voilà »", "„Spaß»", "ÀÉÎÕÜ", "SÃO PAULO", "IRMÃOS", "größer", "Ångström", "Łódź", "Çeşme",
        "ещё её Рё", "№ 5", "Việt Nam", "ไทย", "한국어", "עברית", "العربية", "√2 ≈ 1.41", "a—b", "5 × 3 ÷ 2", "ïîé",
    ],
)  # fmt: skip
def test_text_that_is_right(text: str) -> None:
    assert damaged(f"one {text} two {text.upper()}") is None


def test_signs_of_windows_are_told() -> None:
    assert repaired("\x93") == "“"
    assert repaired("é") is None
