"""A modular input that only knows its scheme and checks its arguments."""

import sys
from xml.etree import ElementTree

SCHEME = """<scheme><title>Poller</title><description>Polls</description>
<use_external_validation>true</use_external_validation><streaming_mode>xml</streaming_mode>
<endpoint><args>
<arg name="address"><title>URL</title><data_type>string</data_type>
<required_on_create>true</required_on_create></arg>
<arg name="depth"><data_type>number</data_type><required_on_create>false</required_on_create></arg>
</args></endpoint></scheme>"""

if sys.argv[1:] == ["--scheme"]:
    print(SCHEME)
elif sys.argv[1:] == ["--validate-arguments"]:
    item = ElementTree.parse(sys.stdin).getroot().find("item")
    given = {param.get("name"): param.text for param in item.iterfind("param")}
    if not (given.get("address") or "").startswith("https://"):
        print("<error><message>address must begin with https://</message></error>")
        sys.exit(1)
