// Which rows of how many are shown, and the way to the others.

import Button from '@splunk/react-ui/Button';

interface Props {
    offset: number;
    shown: number;
    total: number;
    size: number;
    to: (offset: number) => void;
}

export default function Pager({ offset, shown, total, size, to }: Props) {
    if (total <= size && offset === 0) {
        return null;
    }
    return (
        <div className="row hint">
            <span className="num">
                {shown ? offset + 1 : 0} to {offset + shown} of {total}
            </span>
            <Button
                label="Previous"
                disabled={offset === 0}
                onClick={() => to(Math.max(0, offset - size))}
            />
            <Button label="Next" disabled={offset + size >= total} onClick={() => to(offset + size)} />
        </div>
    );
}
