"""lookup and foreach."""

from __future__ import annotations

from lab.engine.commands import command, run_command
from lab.engine.events import expand
from lab.engine.frame import Frame
from lab.engine.lookups import apply_lookup
from lab.engine.names import matching, pattern
from lab.engine.session import Session
from lab.spl import nodes
from lab.spl.errors import SPLError
from lab.spl.parse import parse_template


@command(nodes.Lookup)
def _lookup(session: Session, frame: Frame, node: nodes.Lookup) -> Frame:
    return apply_lookup(session, frame, node)


@command(nodes.Foreach)
def _foreach(session: Session, frame: Frame, node: nodes.Foreach) -> Frame:
    """The template once for each field, with <<FIELD>>, <<MATCHSTR>>, <<MATCHSEGn>> put in."""
    if node.mode != "multifield":
        raise SPLError(f"foreach mode={node.mode} is not supported by the lab", node.span,
                       "foreach", "mvmap() and mvfilter() work on multivalues")
    if any("*" in name for name in node.names):
        frame = expand(session, frame)
    for wanted in node.names:
        fields = matching(wanted, frame) if "*" in wanted else [wanted]
        for name in fields:
            groups = pattern(wanted).match(name).groups()
            filled = node.template.replace("<<FIELD>>", name)
            filled = filled.replace("<<MATCHSTR>>", "".join(groups))
            for at in (1, 2, 3):
                segment = groups[at - 1] if at <= len(groups) else ""
                filled = filled.replace(f"<<MATCHSEG{at}>>", segment)
            filled = filled.replace("<<ITEM>>", name)
            for inner in parse_template(filled, session.context.app, node.span).commands:
                frame = run_command(session, frame, inner)
    return frame


