"""Facts about URLs, as data: parameters that only track, and shapes that must not be requested unasked.

Every row carries its reason. A rule that only one site needs names the site; the others hold on every site.
"""

from __future__ import annotations

import re
from dataclasses import dataclass

# --- parameters that say how a reader came, never what is shown: dropped from the key, kept in what is requested ----

TRACKING_PREFIXES = {
    "utm_": "Google Analytics campaign parameters, read by most others too (Analytics help, 'Custom campaigns')",
    "mtm_": "Matomo campaign parameters (Matomo help, 'Campaign tracking')",
    "pk_": "Matomo under its old name, Piwik",
    "piwik_": "Matomo under its old name, Piwik",
    "hsa_": "HubSpot Ads (HubSpot help, 'Ad tracking')",
    "at_": "AT Internet / Piano campaign parameters (Piano documentation, 'Campaigns')",
    "__hs": "HubSpot cross-domain cookies (__hssc, __hstc, __hsfp)",
    "_hs": "HubSpot e-mail (_hsenc, _hsmi)",
    "oly_": "Omeda newsletter (oly_enc_id, oly_anon_id)",
    "vero_": "Vero e-mail (vero_id, vero_conv)",
    "guce_": "Yahoo's consent page (guce_referrer, guce_referrer_sig)",
}

TRACKING_NAMES = {
    "gclid": "Google Ads click",
    "gclsrc": "Google Ads click",
    "gbraid": "Google Ads click from an app",
    "wbraid": "Google Ads click to the web",
    "gad_source": "Google Ads click",
    "gad_campaignid": "Google Ads click",
    "dclid": "Google Display click",
    "srsltid": "Google Merchant listing",
    "_ga": "Google Analytics cross-domain linker",
    "_gl": "Google Analytics cross-domain linker",
    "fbclid": "Facebook click",
    "fb_action_ids": "Facebook share",
    "fb_action_types": "Facebook share",
    "fb_ref": "Facebook share",
    "fb_source": "Facebook share",
    "msclkid": "Microsoft Advertising click",
    "yclid": "Yandex Direct click",
    "ysclid": "Yandex search click",
    "ymclid": "Yandex Market click",
    "_openstat": "Openstat, a counter once common on Russian sites",
    "twclid": "X Ads click",
    "ttclid": "TikTok Ads click",
    "li_fat_id": "LinkedIn Ads click",
    "igshid": "Instagram share",
    "igsh": "Instagram share",
    "epik": "Pinterest click",
    "mc_cid": "Mailchimp campaign",
    "mc_eid": "Mailchimp reader",
    "hsctatracking": "HubSpot call to action",
    "mkt_tok": "Marketo e-mail",
    "ml_subscriber": "MailerLite reader",
    "ml_subscriber_hash": "MailerLite reader",
    "wickedid": "Wicked Reports",
    "irclickid": "Impact affiliate click",
    "rb_clickid": "Rebrandly click",
    "s_cid": "Adobe Analytics campaign",
    "xtor": "AT Internet campaign",
    "wt_mc": "Webtrekk campaign",
    "guccounter": "Yahoo's consent page",
    "ref_src": "set by X on links out of embedded posts",
    "ref_url": "set by X on links out of embedded posts",
    "__twitter_impression": "AMP viewer of X",
    "amp_js_v": "Google's AMP viewer",
    "usqp": "Google's AMP viewer",
    "ns_mchannel": "Comscore Digital Analytix campaign",
    "ns_source": "Comscore Digital Analytix campaign",
    "ns_campaign": "Comscore Digital Analytix campaign",
    "ns_linkname": "Comscore Digital Analytix campaign",
    "ns_fee": "Comscore Digital Analytix campaign",
    "mibextid": "Facebook share out of its app",
}

TRACKING_NAMES_BY_SITE = {
    "youtube.com": {"si": "share", "feature": "share", "pp": "search"},
    "youtu.be": {"si": "share", "feature": "share"},
    "spotify.com": {"si": "share"},
    "x.com": {"s": "share", "t": "share"},
    "twitter.com": {"s": "share", "t": "share"},
    "wikipedia.org": {"wprov": "share (Wikimedia's 'Provenance')"},
    "theguardian.com": {"cmp": "campaign", "share": "share"},
    "msn.com": {"ocid": "campaign"},
    "bbc.com": {"ocid": "campaign"},
    "bbc.co.uk": {"ocid": "campaign"},
    "nytimes.com": {"smid": "share", "smtyp": "share"},
}


# --- URLs that are listed for a person instead of being requested --------------------------------------------------


@dataclass(frozen=True)
class WithheldRule:
    """One shape of URL that is not requested. part: query (name=value), path or host; pattern: searched, no case."""

    name: str
    reason: str
    part: str
    pattern: re.Pattern[str]
    why: str


def _rule(name: str, reason: str, part: str, pattern: str, why: str) -> WithheldRule:
    return WithheldRule(name, reason, part, re.compile(pattern, re.IGNORECASE), why)


_ACTS = "unsubscribe|opt[-_]?out|log[-_]?out|sign[-_]?out|delete[-_]?account"

WITHHELD_RULES = (
    _rule(
        "signed_url",
        "looks_secret",
        "query",
        r"^(?:x-amz-(?:signature|security-token|credential)|x-goog-(?:signature|credential)|awsaccesskeyid|"
        r"googleaccessid|key-pair-id|signature|hdnea|hdnts|x-oss-signature|ossaccesskeyid)=.",
        "cloud storage hands the object to whoever holds the signature (AWS, Google, CloudFront, Akamai, Alibaba)",
    ),
    _rule(
        "azure_sas",
        "looks_secret",
        "query",
        r"^sig=[\w%+/=-]{30,}$",
        "a shared access signature of Azure Storage: sig is the base64 of 32 bytes",
    ),
    _rule(
        "token",
        "looks_secret",
        "query",
        r"^(?:[\w.-]{0,60}token|(?:access|auth|api|id|refresh|reset|session|login|user|security|private|bearer|csrf|"
        r"verification|confirmation|activation|invitation|invite)[-_]?(?:key|hash)|auth|jwt|apikey|client[-_]?secret|secret|"
        r"passw(?:or)?d|pwd|passcode|oauth[-_]\w+|authkey|resourcekey|sid|sessionid|session[-_]id|phpsessid|"
        r"jsessionid|magic[-_]?link|otp)=[^&]{6,}",
        "whoever holds a token acts as the person it was given to",
    ),
    _rule(
        "invite_parameter",
        "looks_secret",
        "query",
        r"^(?:invite|invitation|invite[-_]?code|invite[-_]?id|share[-_]?(?:token|key))=[^&]{4,}",
        "an invitation is for its receiver",
    ),
    _rule(
        "long_key",
        "looks_secret",
        "query",
        r"^(?:key|k|hash|h|code|auth|ticket|st)=(?=[^&]*\d)(?=[^&]*[a-z])[\w~.-]{24,}$",
        "a long random value in a parameter for keys",
    ),
    _rule(
        "jwt",
        "looks_secret",
        "query",
        r"=eyJ[\w-]{8,}\.eyJ[\w-]{8,}\.",
        "a JSON web token (RFC 7519)",
    ),
    _rule(
        "invite_host",
        "looks_secret",
        "host_path",
        r"^(?:(?:www\.)?discord\.gg/\w|(?:\w+\.)?discord(?:app)?\.com/invite/|t\.me/(?:\+|joinchat/)|telegram\.me/joinchat/|"
        r"chat\.whatsapp\.com/\w|signal\.group/|(?:[\w-]+\.)?zoom\.us/(?:j|w|s|my)/|meet\.google\.com/[a-z]{3}-|"
        r"teams\.(?:microsoft|live)\.com/(?:l/meetup-join|meet)/|join\.slack\.com/t/|"
        r"join\.skype\.com/\w)",
        "a chat, group or call that only the invited may enter",
    ),
    _rule(
        "sharing_link",
        "looks_secret",
        "host_path",
        r"^(?:[\w-]+(?:-my)?\.sharepoint\.com/:\w:/|1drv\.ms/\w|we\.tl/t-|wetransfer\.com/downloads/\w+/\w|"
        r"(?:www\.)?dropbox\.com/(?:request|l/scl|transfer)/|drive\.google\.com/drive/folders/[^?]*\?.*resourcekey=|"
        r"send\.(?:tresorit|vis\.ee)[^/]*/|mega\.nz/fm/)",
        "a file shared with whoever has the link",
    ),
    _rule(
        "secret_path",
        "looks_secret",
        "path",
        r"/(?:reset-?password|password-?reset|magic-?link|accept-?invit(?:e|ation)|invitations?|oauth2?/(?:callback|authorize)|"
        r"wp-json/jwt-auth|activate|verify-?email|confirm-?email)/[\w~.=-]{12,}/?$",
        "a path whose last part is a one-time secret",
    ),
    _rule(
        "session_in_path",
        "looks_secret",
        "path",
        r";(?:jsessionid|phpsessid|sid|sessionid)=[\w.!-]{8,}",
        "whoever holds a session acts as its user (Servlet specification: the id as a path parameter)",
    ),
    _rule(
        "account_path",
        "acts_on_get",
        "path",
        r"(?:^|/)(?:account|profile|me|users?)/(?:[\w.-]+/)?(?:delete|remove|deactivate|close)/?$",
        "a request may end an account",
    ),
    _rule(
        "unsubscribe",
        "acts_on_get",
        "path",
        rf"(?:^|/)(?:{_ACTS})(?:\.(?:php|aspx?|html?|do|cgi))?(?:/[^/]*)?/?$",
        "a request ends a subscription or a session",
    ),
    _rule(
        "action_parameter",
        "acts_on_get",
        "query",
        rf"^(?:action|act|do|op|cmd|task|mode|a)=(?:{_ACTS}|delete|remove|trash|destroy|confirm|activate|approve|reject|"
        r"rp|resetpass|purge|rollback|vote|like|add[-_]to[-_]cart|buy)\b",
        "the parameter names something that a request would do",
    ),
    _rule(
        "flag_parameter",
        "acts_on_get",
        "query",
        r"^(?:unsubscribe|optout|opt[-_]out|logout|signout|add-to-cart|confirm|delete)(?:=|$)",
        "the parameter names something that a request would do",
    ),
    _rule(
        "mailing_action",
        "acts_on_get",
        "host_path",
        r"^[^/]*(?:list-manage\d*\.com/(?:unsubscribe|profile|vcard)|list-manage\.com/subscribe/confirm|"
        r"mailgun\.[a-z]+/u/|sendgrid\.net/(?:wf/unsubscribe|asm)|mandrillapp\.com/track/unsub)",
        "a newsletter service acts on this link",
    ),
    _rule(
        "confirm_path",
        "acts_on_get",
        "path",
        r"/(?:confirm|activate|verify|approve|accept|subscribe/confirm|email/verify)/[\w~.=-]{16,}/?$",
        "the path confirms something with a one-time value",
    ),
)
