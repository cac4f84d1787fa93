// SPDX-License-Identifier: Apache-2.0
//
// Trail: everything about one entity, and where a value is found.

import './trail.css';

import {Empty, Page} from '../../ui';
import {Ask} from './Ask';
import {useAsked} from './asked';
import {Found} from './Found';
import {Trail} from './Trail';

export default function TrailPage() {
    const asked = useAsked();
    return (
        <Page title="Trail">
            <Ask asked={asked} />
            {asked.where.length > 0 ? <Trail asked={asked} /> : asked.text ? <Found asked={asked} /> : (
                <Empty title="Who did what, when and why">
                    <p>Type an id, a pseudonym or any other value to see where it is found; or begin with one of the columns above to go straight to its trail.</p>
                </Empty>
            )}
        </Page>
    );
}
