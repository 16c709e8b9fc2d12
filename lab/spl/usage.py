"""How each command is written, in one line: what an error shows where it has no better hint.

The forms are those of searchbnf.conf, shortened to what is needed to go on.
"""

from __future__ import annotations

USAGE: dict[str, str] = {
    "accum": "accum field AS total",
    "addtotals": "addtotals row=true col=false fieldname=Total field field",
    "append": "append [ subsearch ]",
    "appendcols": "appendcols [ subsearch ]",
    "appendpipe": "appendpipe [ commands ]",
    "bin": "bin _time span=1h",
    "chart": "chart count OVER field BY field",
    "collect": "collect index=name",
    "convert": "convert ctime(field) AS name",
    "datamodel": "| datamodel model dataset search",
    "dedup": "dedup field field",
    "delta": "delta field AS name",
    "eval": "eval field=expression, field=expression",
    "eventcount": "| eventcount summarize=false index=name",
    "eventstats": "eventstats function(field) AS name BY field",
    "fields": "fields field field, or fields - field",
    "filldown": "filldown field",
    "fillnull": "fillnull value=0 field",
    "foreach": "foreach field* [ eval <<FIELD>>=expression ]",
    "format": "format",
    "from": "| from datamodel:model.dataset",
    "head": "head 10, or head (condition)",
    "inputlookup": "| inputlookup name where field=value",
    "iplocation": "iplocation field",
    "join": "join type=left field [ subsearch ]",
    "lookup": "lookup name column AS field OUTPUT column AS field",
    "makemv": "makemv delim=\",\" field",
    "makeresults": "| makeresults count=1",
    "mcatalog": "| mcatalog values(metric_name) WHERE index=name",
    "metadata": "| metadata type=hosts index=name",
    "mstats": "| mstats avg(metric) WHERE index=name BY field",
    "multisearch": "| multisearch [ search ... ] [ search ... ]",
    "mvcombine": "mvcombine delim=\",\" field",
    "mvexpand": "mvexpand field",
    "nomv": "nomv field",
    "outputlookup": "outputlookup append=true key_field=field name",
    "rare": "rare field BY field",
    "regex": "regex field=\"pattern\"",
    "rename": "rename field AS name, field AS name",
    "return": "return 10 field $field",
    "rex": "rex field=field \"(?<name>pattern)\"",
    "savedsearch": "| savedsearch name argument=value",
    "search": "search field=value (field=value OR field=value) NOT field=value \"phrase\"",
    "sort": "sort 0 field, -field",
    "fromjson": "fromjson field prefix=text",
    "spath": "spath input=field path=a.b{}.c output=name",
    "stats": "stats function(field) AS name BY field",
    "streamstats": "streamstats window=5 function(field) AS name BY field",
    "table": "table field field",
    "tail": "tail 10",
    "timechart": "timechart span=1h function(field) BY field",
    "top": "top limit=10 field BY field",
    "transaction": "transaction field maxspan=5m maxpause=1m",
    "transpose": "transpose 5 header_field=field",
    "tstats": "| tstats function(field) AS name WHERE index=name BY field _time span=1h",
    "union": "| union [ subsearch ] [ subsearch ]",
    "untable": "untable row_field name_field value_field",
    "where": "where expression",
    "xyseries": "xyseries row_field name_field value_field",
}


_FUNCTIONS = """
case(condition, value, condition, value, …) | cidrmatch("10.0.0.0/8", address) | coalesce(a, b, …)
if(condition, value, other) | in(field, value, …) | isnull(field) | isnotnull(field)
json_extract(json, path, …) | len(text) | like(text, "a%") | lower(text) | ltrim(text, characters)
match(text, "pattern") | max(a, b, …) | md5(text) | min(a, b, …) | mvappend(a, b, …)
mvcount(field) | mvdedup(field) | mvfilter(condition) | mvfind(field, "pattern")
mvindex(field, start, end) | mvjoin(field, separator) | mvmap(field, expression)
mvrange(start, end, step) | mvsort(field) | mvzip(a, b, separator) | now() | nullif(a, b)
pow(base, exponent) | relative_time(time, "-1d@d") | replace(text, "pattern", replacement)
round(number, digits) | rtrim(text, characters) | sha256(text) | spath(field, "path")
split(text, separator) | strftime(time, "%Y-%m-%d") | strptime(text, "%Y-%m-%d")
substr(text, start, length) | tonumber(text, base) | tostring(value, format)
trim(text, characters) | upper(text) | urldecode(text) | validate(condition, message, …)
"""
FUNCTIONS: dict[str, str] = {
    form.strip().partition("(")[0]: form.strip()
    for line in _FUNCTIONS.strip().splitlines() for form in line.split(" | ")}


def function_usage(name: str) -> str:
    """The form of a function of eval as a hint, empty for one that has none here."""
    form = FUNCTIONS.get(name)
    return f"it is written: {form}" if form else ""


def usage(command: str) -> str:
    """The form of a command as a hint, empty for one that has none here."""
    form = USAGE.get(command)
    return f"it is written: {form}" if form else ""
