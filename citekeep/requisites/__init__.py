"""What a page needs beside itself to look like itself: its style, pictures and fonts, found in its HTML and its CSS. Pure."""

from citekeep.requisites.css import in_style
from citekeep.requisites.found import FONT, ICON, IMAGE, KINDS, STYLE, Found, Wanted
from citekeep.requisites.page import in_page

__all__ = ["FONT", "ICON", "IMAGE", "KINDS", "STYLE", "Found", "Wanted", "in_page", "in_style"]
