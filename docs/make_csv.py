"""Make translations/LANGUAGE.csv of the app from each locale/LANGUAGE.po: `make locale`.

Frappe 16 reads the po files, which `bench build` compiles. Frappe 15 also reads the csv files, as they are.
"""

import csv
import io
import json
import re
from pathlib import Path

APP = Path(__file__).parent.parent / "medusa_integration"
ENTRY = re.compile(r'(?:^msgctxt ((?:".*"\n)+))?^msgid ((?:".*"\n)+)^msgstr ((?:".*"\n)+)', re.MULTILINE)


def read_messages(path: Path) -> dict[tuple[str, str], str]:
	"""Return (text, context) -> translation of each message of a po file; the context is mostly ""."""
	found = [map(text_of, match.groups("")) for match in ENTRY.finditer(path.read_text(encoding="utf-8"))]
	return {(text, context): translation for context, text, translation in found if text}


def text_of(lines: str) -> str:
	"""Return what the quoted lines of a po file say: their escapes are those of JSON."""
	return "".join(map(json.loads, lines.splitlines()))


def path_of_csv(path: Path) -> Path:
	"""Return the path of the csv file that is made of a po file."""
	return path.parent.parent / "translations" / path.with_suffix(".csv").name


def render(path: Path) -> str:
	"""Return the csv of a po file: text, translation, and context if there is one."""
	lines = io.StringIO()
	writer = csv.writer(lines, quoting=csv.QUOTE_ALL, lineterminator="\n")
	for (text, context), translation in sorted(read_messages(path).items()):
		writer.writerow([text, translation, context] if context else [text, translation])
	return lines.getvalue()


if __name__ == "__main__":
	for path in sorted(APP.glob("locale/*.po")):
		target = path_of_csv(path)
		target.parent.mkdir(exist_ok=True)
		target.write_text(render(path), encoding="utf-8")
		print(f"{target.relative_to(APP.parent)} is made of {path.relative_to(APP.parent)}")
