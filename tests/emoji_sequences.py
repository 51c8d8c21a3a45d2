"""Emoji for tests: sequences of several characters, of each kind that Unicode knows, and simple ones."""

MARKED = {
    "variation selector": "\u2639\ufe0f",
    "text presentation": "\u2764\ufe0e",
    "joined": "\U0001f469\u200d\U0001f4bb",
    "joined, with a skin tone and a selector": "\U0001f9d4\U0001f3fd\u200d\u2642\ufe0f",
    "joined to a selector": "\u2764\ufe0f\u200d\U0001f525",
    "joined to a mathematical symbol": "\U0001f642\u200d\u2194\ufe0f",
    "a family of four": "\U0001f468\u200d\U0001f469\u200d\U0001f467\u200d\U0001f466",
    "keycap": "1\ufe0f\u20e3",
    "keycap without a selector": "7\u20e3",
    "keycap of a sign": "#\ufe0f\u20e3",
    "information": "\u2139\ufe0f",
    "exclamation marks": "\u203c\ufe0f",
    "subdivision flag with tags": "\U0001f3f4\U000e0067\U000e0062\U000e0065\U000e006e\U000e0067\U000e007f",
    "rainbow flag": "\U0001f3f3\ufe0f\u200d\U0001f308",
}
"""Kind → a symbol, or several joined ones, with what is no symbol itself."""

SYMBOLS = {"symbol": "\u2639", "flag": "\U0001f1ea\U0001f1f8", "skin tone": "\U0001f44d\U0001f3fd"}
"""Kind → symbols alone."""
