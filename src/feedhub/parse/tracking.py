"""Query parameters that tell who clicked, not what is read: a dated table.

Each row bites in a test. What is not here is identity: an unknown parameter stays.
"""

from __future__ import annotations

from typing import NamedTuple


class Tracker(NamedTuple):
    """A parameter to ignore. ``name`` ends in ``*`` for a prefix; ``hosts`` empty is anywhere.

    ``values``, where there are any, are those it is ignored with, in lower case, one that ends
    in ``*`` for what begins so. ``since`` is the month the row was last looked at.
    """

    name: str
    what: str
    hosts: tuple[str, ...] = ()
    values: tuple[str, ...] = ()
    since: str = "2026-11"


TRACKERS: tuple[Tracker, ...] = (
    Tracker("utm_*", "Google Analytics campaign"),
    Tracker("gclid", "Google Ads click"),
    Tracker("gclsrc", "Google Ads click source"),
    Tracker("gbraid", "Google Ads click, iOS"),
    Tracker("wbraid", "Google Ads click, web to app"),
    Tracker("dclid", "Google Display click"),
    Tracker("gad_source", "Google Ads source"),
    Tracker("gad_campaignid", "Google Ads campaign"),
    Tracker("gaa_*", "Google News reader revenue"),
    Tracker("srsltid", "Google Merchant result"),
    Tracker("_ga", "Google Analytics linker"),
    Tracker("_gl", "Google Analytics cross-domain linker"),
    Tracker("fbclid", "Facebook click"),
    Tracker("fb_action_ids", "Facebook action"),
    Tracker("fb_action_types", "Facebook action"),
    Tracker("fb_source", "Facebook source"),
    Tracker("fb_ref", "Facebook reference"),
    Tracker("fb_comment_id", "Facebook comment"),
    Tracker("fref", "Facebook referrer", ("facebook.com",)),
    Tracker("__tn__", "Facebook link place"),
    Tracker("__cft__*", "Facebook link place"),
    Tracker("__xts__*", "Facebook link place"),
    Tracker("hc_ref", "Facebook referrer", ("facebook.com",)),
    Tracker("igshid", "Instagram share"),
    Tracker("igsh", "Instagram share"),
    Tracker("msclkid", "Microsoft Ads click"),
    Tracker("ocid", "Microsoft campaign", ("msn.com", "microsoft.com", "bing.com",
                                             "bbc.com", "bbc.co.uk")),
    Tracker("cvid", "MSN visit", ("msn.com",)),
    Tracker("twclid", "X/Twitter click"),
    Tracker("ttclid", "TikTok click"),
    Tracker("li_fat_id", "LinkedIn click"),
    Tracker("trk", "LinkedIn tracking", ("linkedin.com",)),
    Tracker("lipi", "LinkedIn tracking", ("linkedin.com",)),
    Tracker("trackingid", "LinkedIn tracking", ("linkedin.com",)),
    Tracker("epik", "Pinterest click"),
    Tracker("rdt_cid", "Reddit click"),
    Tracker("share_id", "Reddit share", ("reddit.com",)),
    Tracker("scid", "Snapchat click", ("snapchat.com",)),
    Tracker("sccid", "Snapchat click"),
    Tracker("yclid", "Yandex click"),
    Tracker("ysclid", "Yandex search click"),
    Tracker("_openstat", "Openstat campaign"),
    Tracker("mc_cid", "Mailchimp campaign"),
    Tracker("mc_eid", "Mailchimp recipient"),
    Tracker("ml_subscriber*", "MailerLite recipient"),
    Tracker("_bhlid", "beehiiv recipient"),
    Tracker("dm_i", "Dotdigital recipient"),
    Tracker("_ke", "Klaviyo recipient"),
    Tracker("_kx", "Klaviyo recipient"),
    Tracker("elq*", "Eloqua recipient"),
    Tracker("sfmc_*", "Salesforce Marketing Cloud recipient"),
    Tracker("spmailingid", "Acoustic (Silverpop) mail"),
    Tracker("spuserid", "Acoustic (Silverpop) recipient"),
    Tracker("spjobid", "Acoustic (Silverpop) mail"),
    Tracker("spreportid", "Acoustic (Silverpop) mail"),
    Tracker("trk_contact", "Listrak recipient"),
    Tracker("trk_msg", "Listrak mail"),
    Tracker("trk_module", "Listrak place"),
    Tracker("trk_sid", "Listrak session"),
    Tracker("vgo_ee", "ActiveCampaign recipient"),
    Tracker("emci", "EveryAction mail"),
    Tracker("emdi", "EveryAction recipient"),
    Tracker("ss_email_id", "Squarespace mail"),
    Tracker("ss_campaign_*", "Squarespace campaign"),
    Tracker("nr_email_referer", "newsletter"),
    Tracker("mkt_tok", "Marketo recipient"),
    Tracker("_hsenc", "HubSpot recipient"),
    Tracker("_hsmi", "HubSpot mail"),
    Tracker("__hssc", "HubSpot session"),
    Tracker("__hstc", "HubSpot visitor"),
    Tracker("__hsfp", "HubSpot fingerprint"),
    Tracker("hsctatracking", "HubSpot call to action"),
    Tracker("hsa_*", "HubSpot advertisement"),
    Tracker("hss_channel", "HubSpot social channel"),
    Tracker("vero_id", "Vero recipient"),
    Tracker("vero_conv", "Vero conversion"),
    Tracker("oly_anon_id", "Omeda recipient"),
    Tracker("oly_enc_id", "Omeda recipient"),
    Tracker("wickedid", "Wicked Reports click"),
    Tracker("s_cid", "Adobe Analytics campaign"),
    Tracker("s_kwcid", "Adobe Advertising click"),
    Tracker("ef_id", "Adobe Advertising click"),
    Tracker("_branch_match_id", "Branch click"),
    Tracker("_branch_referrer", "Branch referrer"),
    Tracker("irclickid", "Impact click"),
    Tracker("irgwc", "Impact click"),
    Tracker("cjevent", "Commission Junction click"),
    Tracker("cjdata", "Commission Junction click"),
    Tracker("rb_clickid", "Rokt click"),
    Tracker("pk_*", "Matomo campaign (Piwik)"),
    Tracker("mtm_*", "Matomo campaign"),
    Tracker("matomo_*", "Matomo campaign"),
    Tracker("piwik_*", "Matomo campaign (Piwik)"),
    Tracker("at_medium", "AT Internet medium"),
    Tracker("at_campaign*", "AT Internet campaign"),
    Tracker("at_custom*", "AT Internet custom value"),
    Tracker("at_link_*", "AT Internet link"),
    Tracker("at_bbc_team", "BBC campaign", ("bbc.com", "bbc.co.uk")),
    Tracker("at_ptr_name", "AT Internet partner"),
    Tracker("at_format", "AT Internet format"),
    Tracker("at_objective", "AT Internet objective"),
    Tracker("at_creation", "AT Internet creation"),
    Tracker("at_variant", "AT Internet variant"),
    Tracker("at_term", "AT Internet term"),
    Tracker("at_emailtype", "AT Internet mail"),
    Tracker("at_send_date", "AT Internet mail"),
    Tracker("at_recipient_*", "AT Internet recipient"),
    Tracker("xtor", "AT Internet campaign"),
    Tracker("wt_mc", "Webtrekk/Mapp campaign"),
    Tracker("wt_zmc", "Webtrekk campaign"),
    Tracker("wt.*", "Webtrends"),
    Tracker("wtmc", "Webtrekk campaign"),
    Tracker("cmpid", "campaign"),
    Tracker("cmp_id", "campaign"),
    Tracker("ns_mchannel", "comScore channel"),
    Tracker("ns_source", "comScore source"),
    Tracker("ns_campaign", "comScore campaign"),
    Tracker("ns_linkname", "comScore link"),
    Tracker("ns_fee", "comScore fee"),
    Tracker("ns_mail_uid", "comScore recipient"),
    Tracker("ito", "Mail Online source", ("dailymail.co.uk", "metro.co.uk", "inews.co.uk")),
    Tracker("smid", "New York Times share", ("nytimes.com",)),
    Tracker("smtyp", "New York Times share", ("nytimes.com",)),
    Tracker("partner", "New York Times partner", ("nytimes.com",)),
    Tracker("emc", "New York Times feed mark", ("nytimes.com",)),
    Tracker("unlocked_article_code", "New York Times gift", ("nytimes.com",)),
    Tracker("referringsource", "New York Times share", ("nytimes.com",)),
    Tracker("campaign_id", "New York Times mail", ("nytimes.com",)),
    Tracker("instance_id", "New York Times mail", ("nytimes.com",)),
    Tracker("segment_id", "New York Times mail", ("nytimes.com",)),
    Tracker("regi_id", "New York Times recipient", ("nytimes.com",)),
    Tracker("wpisrc", "Washington Post source", ("washingtonpost.com",)),
    Tracker("wpmm", "Washington Post mail", ("washingtonpost.com",)),
    Tracker("itid", "Washington Post link place", ("washingtonpost.com",)),
    Tracker("pwapi_token", "Washington Post gift", ("washingtonpost.com",)),
    Tracker("gift", "The Atlantic gift", ("theatlantic.com",)),
    Tracker("ft", "NPR feed mark", ("npr.org",)),
    Tracker("f", "NPR feed mark", ("npr.org",)),
    Tracker("wpsrc", "Slate source", ("slate.com",)),
    Tracker("sh", "Forbes share", ("forbes.com",)),
    Tracker("taid", "Reuters share", ("reuters.com",)),
    Tracker("tpcc", "TechCrunch campaign", ("techcrunch.com",)),
    Tracker("fsrc", "Economist source", ("economist.com",)),
    Tracker("ftcamp", "Financial Times campaign", ("ft.com",)),
    Tracker("sharetype", "share button", ("ft.com", "thetimes.com", "thetimes.co.uk")),
    Tracker("sharetoken", "share button", ("ft.com", "thetimes.com", "thetimes.co.uk")),
    Tracker("gepc", "FAZ campaign", ("faz.net",)),
    Tracker("sara_ref", "Spiegel share", ("spiegel.de",)),
    Tracker("ssm", "El País share", ("elpais.com",)),
    Tracker("cmp", "Guardian campaign", ("theguardian.com",)),
    Tracker("sref", "Bloomberg source", ("bloomberg.com",)),
    Tracker("srnd", "Bloomberg page before", ("bloomberg.com",)),
    Tracker("leadsource", "Bloomberg source", ("bloomberg.com",)),
    Tracker("ref_src", "X/Twitter referrer"),
    Tracker("ref_url", "X/Twitter referrer"),
    Tracker("guccounter", "Yahoo consent", ("yahoo.com", "techcrunch.com", "engadget.com")),
    Tracker("guce_referrer", "Yahoo consent"),
    Tracker("guce_referrer_sig", "Yahoo consent"),
    Tracker("ncid", "Aol/Huffpost campaign", ("huffpost.com", "aol.com", "techcrunch.com")),
    Tracker("soc_src", "Yahoo share", ("yahoo.com",)),
    Tracker("soc_trk", "Yahoo share", ("yahoo.com",)),
    Tracker("ftag", "CBS Interactive feed mark"),
    Tracker("traffic_source", "traffic source", ("aljazeera.com",)),
    Tracker("s", "X/Twitter share place", ("twitter.com", "x.com")),
    Tracker("t", "X/Twitter share mark", ("twitter.com", "x.com")),
    Tracker("phpsessid", "PHP session"),
    Tracker("jsessionid", "Java session"),
    Tracker("feature", "YouTube link place", ("youtube.com", "youtu.be")),
    Tracker("si", "YouTube share", ("youtube.com", "youtu.be", "spotify.com")),
    Tracker("pp", "YouTube search place", ("youtube.com",)),
    Tracker("ab_channel", "YouTube channel's name", ("youtube.com", "youtu.be")),
    Tracker("t", "YouTube place in the film", ("youtube.com", "youtu.be")),
    Tracker("itscg", "Apple campaign", ("apple.com",)),
    Tracker("itsct", "Apple campaign", ("apple.com",)),
    Tracker("wprov", "Wikipedia share", ("wikipedia.org",)),
    Tracker("gi", "Medium guest", ("medium.com",)),
    Tracker("dicbo", "Outbrain click"),
    Tracker("obOrigUrl", "Outbrain origin"),
    Tracker("tblci", "Taboola click"),
    Tracker("cx_*", "Piano campaign"),
    Tracker("itm_*", "internal campaign (InfoSum, ITM)"),
    Tracker("intcmp", "internal campaign"),
    Tracker("intcid", "internal campaign"),
    Tracker("icid", "internal campaign"),
    Tracker("nlid", "newsletter recipient"),
    Tracker("ns_nl", "newsletter"),
    Tracker("cmc", "CMC campaign", ("aftenposten.no", "vg.no", "bt.no", "e24.no")),
    Tracker("ref", "own front page or feed", ("dn.se", "expressen.se", "aftonbladet.se", "svd.se",
                                             "hd.se", "sydsvenskan.se", "vg.no", "dagbladet.no",
                                             "nettavisen.no", "theverge.com", "hackernoon.com")),
    Tracker("source", "feed mark", ("medium.com", "arstechnica.com")),
    Tracker("source", "feed mark, Medium's under other names too", values=("rss", "rss-*")),
    Tracker("ref", "feed mark", values=("rss", "feed", "atom", "rss-*", "rss_*")),
    Tracker("src", "feed mark", values=("rss", "feed")),
    Tracker("origin", "feed mark", values=("rss",)),
    Tracker("from", "feed mark", values=("rss",)),
    Tracker("via", "feed mark", values=("rss", "rss_*")),
    Tracker("referrer", "feed mark", values=("rss",)),
    Tracker("cmp", "feed mark", values=("rss",)),
    Tracker("mod", "Dow Jones feed mark", ("wsj.com", "barrons.com", "marketwatch.com")),
    Tracker("reflink", "Dow Jones share", ("wsj.com", "barrons.com", "marketwatch.com")),
    Tracker("st", "Wall Street Journal gift", ("wsj.com",)),
    Tracker("siteid", "MarketWatch feed mark", ("marketwatch.com",)),
    Tracker("feedtype", "Reuters feed mark", ("reuters.com",)),
    Tracker("feedname", "Reuters feed mark", ("reuters.com",)),
    Tracker(".tsrc", "Yahoo feed mark", ("yahoo.com",)),
    Tracker("mktcid", "NZZ campaign", ("nzz.ch",)),
    Tracker("mktcval", "NZZ campaign", ("nzz.ch",)),
    Tracker("sk", "Medium friend link", ("medium.com",)),
    Tracker("rss", "feed mark", ("svt.se", "cnbc.com")),
    Tracker("rss", "feed mark", values=("1", "true", "yes", "")),
    Tracker("m", "Blogger mobile view", ("blogspot.com",), values=("0", "1")),
    Tracker("mibextid", "Facebook app"),
    Tracker("r", "Substack referral", ("substack.com",)),
    Tracker("from", "feed mark", ("rss.sina.com.cn", "mdr.de", "zeit.de")),
    Tracker("rss_id", "feed mark"),
    Tracker("ex_cid", "FiveThirtyEight/ABC campaign"),
    Tracker("maca", "Deutsche Welle feed mark", ("dw.com", "dw.de")),
    Tracker("spm", "Alibaba position", ("aliyun.com", "alibaba.com", "taobao.com", "csdn.net")),
    Tracker("__twitter_impression", "X/Twitter reader view"),
    Tracker("share_source", "share button"),
    Tracker("__s", "Drip recipient"),
    Tracker("ck_subscriber_id", "ConvertKit recipient"),
    Tracker("bxid", "Condé Nast recipient"),
    Tracker("cndid", "Condé Nast recipient"),
    Tracker("esrc", "Condé Nast source"),
    Tracker("mbid", "Condé Nast feed mark"),
    Tracker("ueid", "mail recipient"),
    Tracker("amp;utm_*", "Google Analytics campaign, escaped twice"),
)  # fmt: skip

Where = tuple[tuple[str, ...], tuple[str, ...]]  # hosts and values
EXACT: dict[str, list[Where]] = {}
PREFIXES: list[tuple[str, Where]] = []
for _row in TRACKERS:
    _where = (_row.hosts, _row.values)
    if _row.name.endswith("*"):
        PREFIXES.append((_row.name[:-1].lower(), _where))
    else:
        EXACT.setdefault(_row.name.lower(), []).append(_where)
_BEGINNINGS = tuple(prefix for prefix, _ in PREFIXES)


def is_tracker(name: str, host: str, value: str = "") -> bool:
    """Whether a query parameter is no part of what the page is. ``host`` is lower-case."""
    name = name.lower()
    rows = EXACT.get(name)
    if rows is not None:
        return any(_bites(where, host, value) for where in rows)
    return name.startswith(_BEGINNINGS) and any(
        name.startswith(prefix) and _bites(where, host, value) for prefix, where in PREFIXES
    )


def _bites(where: Where, host: str, value: str) -> bool:
    hosts, values = where
    return (not hosts or _on(host, hosts)) and (not values or _among(value.lower(), values))


def _among(value: str, values: tuple[str, ...]) -> bool:
    return any(
        value.startswith(known[:-1]) if known[-1:] == "*" else value == known for known in values
    )


def _on(host: str, hosts: tuple[str, ...]) -> bool:
    return any(host == known or host.endswith("." + known) for known in hosts)
