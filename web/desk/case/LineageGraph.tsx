// The lineage drawn: each resource a box, each operation that made one of another an arrow.

import { useId } from 'react';

import { shortName, words } from '../model';
import { moment } from '../time';
import { BOX, brief, draw, MOST_NODES } from './lineage';
import { instant, Row } from './shapes';

/** As far as a drawing is made smaller to fit; beyond, it scrolls. */
const SMALLEST = 0.85;

export default function LineageGraph({ rows }: { rows: Row[] }) {
    const id = useId().replace(/\W/g, '');
    const { nodes, edges, width, height } = draw(rows);
    const places = new Map(nodes.map((node) => [node.id, node]));
    const words_ = (
        <ol className="inwords">
            {edges.map((edge) => (
                <li key={`${edge.from} ${edge.to} ${edge.how}`} className="wrap">
                    <span className="mono">{edge.to}</span> ({kind(places.get(edge.to)?.kind)}
                    {places.get(edge.to)?.inCase ? ', in this case' : ''}) was made of{' '}
                    <span className="mono">{edge.from}</span> ({kind(places.get(edge.from)?.kind)})
                    {edge.how && ` by ${edge.how}`}
                    {edge.who && `, ${shortName(edge.who)}`}
                    {edge.time && `, ${moment(instant(edge.time))}`}
                </li>
            ))}
        </ol>
    );
    if (nodes.length > MOST_NODES) {
        return (
            <>
                <p className="muted">{nodes.length} resources are too many to draw; here they are in words.</p>
                {words_}
            </>
        );
    }
    return (
        <>
            <div className="scroll" tabIndex={0} role="region" aria-label="Lineage graph">
                <svg
                    role="img"
                    aria-labelledby={`${id}-title ${id}-desc`}
                    className="lineage"
                    width={width}
                    style={{ minWidth: width * SMALLEST }}
                    viewBox={`0 0 ${width} ${height}`}
                >
                    <title id={`${id}-title`}>Lineage of the case’s instances</title>
                    <desc id={`${id}-desc`}>
                        {nodes.length} resources and {edges.length} derivations, from the origin on the
                        left to the instance on the right. The list below says the same in words.
                    </desc>
                    <defs>
                        <marker
                            id={`${id}-arrow`}
                            viewBox="0 0 8 8"
                            refX="7"
                            refY="4"
                            markerWidth="7"
                            markerHeight="7"
                            orient="auto"
                        >
                            <path d="M0 0 L8 4 L0 8 z" className="arrow" />
                        </marker>
                    </defs>
                    {edges.map((edge) => {
                        const from = places.get(edge.from);
                        const to = places.get(edge.to);
                        if (!from || !to) {
                            return null;
                        }
                        const x1 = from.x + BOX.width;
                        const y1 = from.y + BOX.height / 2;
                        const y2 = to.y + BOX.height / 2;
                        const bend = (to.x - x1) / 2;
                        return (
                            <path
                                key={`${edge.from} ${edge.to} ${edge.how}`}
                                className="edge"
                                markerEnd={`url(#${id}-arrow)`}
                                d={`M${x1} ${y1} C${x1 + bend} ${y1} ${to.x - bend} ${y2} ${to.x - 2} ${y2}`}
                            >
                                <title>{edge.how}</title>
                            </path>
                        );
                    })}
                    {nodes.map((node) => (
                        <g key={node.id} className={`node${node.inCase ? ' incase' : ''}`}>
                            <title>{node.id}</title>
                            <rect x={node.x} y={node.y} width={BOX.width} height={BOX.height} rx="4" />
                            <text x={node.x + 10} y={node.y + 18} className="kind">
                                {kind(node.kind)}
                                {node.how && ` · ${brief(node.how, 22)}`}
                            </text>
                            <text x={node.x + 10} y={node.y + 36} className="id">
                                {brief(node.id, 27)}
                            </text>
                        </g>
                    ))}
                </svg>
            </div>
            <p className="hint">
                Framed in red: named by this case. Beside its kind: the operation that made it.
            </p>
            <details>
                <summary>The same in words</summary>
                {words_}
            </details>
        </>
    );
}

function kind(name: string | undefined): string {
    return words(name || 'resource');
}
