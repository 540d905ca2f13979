"""Frappe's exceptions with their HTTP statuses."""


class ValidationError(Exception):
	http_status_code = 417


class AuthenticationError(Exception):
	http_status_code = 401


class PermissionError(Exception):
	http_status_code = 403


class DoesNotExistError(ValidationError):
	http_status_code = 404


class DataError(ValidationError):
	pass


class NameError(Exception):
	http_status_code = 409


class RateLimitExceededError(ValidationError):
	http_status_code = 429


class QueueOverloaded(ValidationError):
	"""Frappe 16's."""


class DuplicateEntryError(NameError):
	pass


class UniqueValidationError(ValidationError):
	pass


class MandatoryError(ValidationError):
	pass


class CharacterLengthExceededError(ValidationError):
	pass


class UpdateAfterSubmitError(ValidationError):
	pass


class LinkValidationError(ValidationError):
	pass


class DocstatusTransitionError(ValidationError):
	pass


class TimestampMismatchError(ValidationError):
	pass


class CannotChangeConstantError(ValidationError):
	pass


class LinkExistsError(ValidationError):
	pass


class InvalidEmailAddressError(ValidationError):
	pass


class InvalidPhoneNumberError(ValidationError):
	pass


class QueryTimeoutError(Exception):
	pass


class QueryDeadlockError(Exception):
	pass
