import Select from '@splunk/react-ui/Select';

import { CLOUD_NAMES, CLOUDS } from './model';

interface Props {
    value?: string;
    change: (cloud?: string) => void;
}

/** Which cloud a page shows; none chosen is all of them. */
export default function CloudSelect({ value = '', change }: Props) {
    return (
        <Select
            inline
            value={value}
            prefixLabel="Cloud"
            onChange={(_, chosen) => change(String(chosen.value) || undefined)}
        >
            <Select.Option value="" label="All" />
            {CLOUDS.map((cloud) => (
                <Select.Option key={cloud} value={cloud} label={CLOUD_NAMES[cloud]} />
            ))}
        </Select>
    );
}
