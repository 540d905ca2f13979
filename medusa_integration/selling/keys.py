"""Keys by which records of the same company or person are found: indexed fields, renewed at each save.

Two spellings of one company have the same key: "ACME Trading L.L.C." and "Acme-Trading". So have two
spellings of one phone number: "+968 9123 4567" and "91234567".
"""

import re
import unicodedata

import frappe
from frappe.model.document import Document

NAME_KEY, PHONE_KEY = "medusa_name_key", "medusa_phone_key"
LENGTH = 140  # characters of a Data field
# the last digits of a number, without country codes: as many as the local numbers of most countries have
PHONE_DIGITS = 8
SHORTEST_PHONE = 7
# words for the kind of a company, as they are after `words_of`; they count only at the end or the beginning
LEGAL_FORMS = frozenset(
	"ab ag aps as bv co company corp corporation doo est establishment fzc fzco fze fzllc gmbh inc "
	"incorporated kft kg limited llc llp lp ltd nv oao ohg oy plc private pte pty pvt sa saoc saog sarl sas "
	"sl spa spc srl sro ug wll شركه موسسه المحدوده ذمم شمم شمل شمعم".split()
)
# letters that people write for one another in Arabic
ARABIC_SPELLINGS = str.maketrans(
	{"\N{ARABIC LETTER TEH MARBUTA}": "\N{ARABIC LETTER HEH}", "ى": "ي", "ـ": ""}
)


def name_key(name: str | None) -> str | None:
	"""Return the key of a name; None if nothing is left of it.

	Letter case, accents, spaces, punctuation and the legal form do not count.
	"""
	words = words_of(name or "")
	while len(words) > 1 and words[-1] in LEGAL_FORMS:
		words.pop()
	while len(words) > 1 and words[0] in LEGAL_FORMS:
		words.pop(0)
	return "".join(words)[:LENGTH] or None


def words_of(name: str) -> list[str]:
	"""Return the words of a name: letters and digits, without accents, in lower case."""
	letters = unicodedata.normalize("NFKD", name.casefold().translate(ARABIC_SPELLINGS))
	letters = "".join(letter for letter in letters if not unicodedata.combining(letter))
	letters = re.sub(r"[.'\N{RIGHT SINGLE QUOTATION MARK}]", "", letters)
	return re.findall(r"[^\W_]+", letters)


def phone_key(number: str | None) -> str | None:
	"""Return the key of a phone number; None if it is too short to belong to one person."""
	digits = "".join(str(unicodedata.decimal(letter)) for letter in number or "" if letter.isdecimal())
	return digits[-PHONE_DIGITS:] if len(digits) >= SHORTEST_PHONE else None


def renew(doc: Document, method: str | None = None) -> None:
	"""Set the keys of a Lead, Customer or Contact. The hook runs before each save."""
	if doc.doctype == "Contact":
		for row in doc.get("phone_nos") or []:
			row.set(PHONE_KEY, phone_key(row.phone))
		return
	for field, key in keys_of(doc.doctype, doc).items():
		doc.set(field, key)


def keys_of(doctype: str, doc: Document | frappe._dict) -> dict[str, str | None]:
	"""Return the keys of a Lead, a Customer, or a number of a Contact (`Contact Phone`)."""
	if doctype == "Contact Phone":
		return {PHONE_KEY: phone_key(doc.phone)}
	if doctype == "Customer":
		return {NAME_KEY: name_key(doc.customer_name)}
	number = doc.mobile_no or doc.phone or doc.whatsapp_no
	return {NAME_KEY: name_key(doc.company_name or doc.lead_name), PHONE_KEY: phone_key(number)}
