// Who is logged in, asked anew where that failed: without it nothing can be assigned to oneself.

import { useCallback, useEffect, useState } from 'react';

import { whoAmI } from './api';
import { WhoAmI } from './model';

interface Me {
    me?: WhoAmI;
    /** Why it is not known; it stays until an answer has come. */
    unknown?: Error;
    again: () => void;
}

export function useMe(): Me {
    const [me, setMe] = useState<WhoAmI>();
    const [unknown, setUnknown] = useState<Error>();
    const again = useCallback(() => {
        whoAmI()
            .then((found) => {
                setMe(found);
                setUnknown(undefined);
            })
            .catch(({ message }: Error) =>
                setUnknown(new Error(`Who you are could not be read. ${message}`))
            );
    }, []);
    useEffect(again, [again]);
    return { me, unknown, again };
}
