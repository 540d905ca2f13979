"""The types of fields that the controllers of the app name, for a type checker only."""

from datetime import date, datetime
from typing import Literal

Check = Int = int
Code = Data = DynamicLink = Link = Password = SmallText = str
Date = date
Datetime = datetime
__all__ = ["Literal"]
