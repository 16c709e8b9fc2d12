// A search that goes into the address once the typing rests.

import Text from '@splunk/react-ui/Text';
import { RefObject, useEffect, useState } from 'react';

const TYPING_MS = 250;

interface Props {
    /** As it stands in the address. */
    value: string;
    label: string;
    placeholder: string;
    field?: RefObject<HTMLInputElement>;
    change: (value: string | undefined) => void;
}

export default function SearchField({ value, label, placeholder, field, change }: Props) {
    const [typed, setTyped] = useState(value);
    // A space at the end is on the way to a next word.
    useEffect(() => setTyped((before) => (before.trim() === value ? before : value)), [value]);
    useEffect(() => {
        if (typed.trim() === value) {
            return undefined;
        }
        const timer = setTimeout(() => change(typed.trim() || undefined), TYPING_MS);
        return () => clearTimeout(timer);
    }, [typed, value, change]);
    return (
        <div className="search">
            <Text
                inputRef={field}
                value={typed}
                onChange={(_, { value: now }) => setTyped(now)}
                canClear
                placeholder={placeholder}
                aria-label={label}
            />
        </div>
    );
}
