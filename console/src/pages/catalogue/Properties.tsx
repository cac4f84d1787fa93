// SPDX-License-Identifier: Apache-2.0
//
// The properties of an entry: what each may be, and what becomes of its values.

import type {CatalogueProperty} from '../../api/catalogue';
import {Icon} from '../../ui';

function privacyWords({privacy, scope}: CatalogueProperty): {name: string; words: string} {
    switch (privacy) {
    case 'pseudonym': return {name: `pseudonym${scope && scope !== 'actor' ? `: ${scope}` : ''}`, words: 'Stored as a keyed hash: equal values stay equal, nobody reads them.'};
    case 'hidden': return {name: 'hidden', words: 'Stored, and shown to those alone who have the right to see it.'};
    case 'drop': return {name: 'drop', words: 'Checked, then forgotten: it never reaches the disk.'};
    default: return {name: 'keep', words: 'Stored as it is.'};
    }
}

export function limitsOf(p: CatalogueProperty): string[] {
    const limits: string[] = [];
    if (p.values)
        limits.push(`one of ${p.values.join(', ')}`);
    if (p.pattern)
        limits.push(`like ${p.pattern}`);
    if (p.min !== null)
        limits.push(`at least ${p.min}`);
    if (p.max !== null)
        limits.push(`at most ${p.max}`);
    if (p.max_length !== undefined && !p.values)
        limits.push(`up to ${p.max_length} characters`);
    if (p.max_items !== undefined)
        limits.push(`up to ${p.max_items} items`);
    if (p.max_values !== undefined)
        limits.push(`${p.max_values} different values, then (other)`);
    return limits;
}

export function Properties({properties}: {properties: CatalogueProperty[]}) {
    if (properties.length === 0)
        return <p class="quiet">It carries no properties.</p>;
    return (
        <div class="table-scroll">
            <table class="table catalogue-properties" aria-label="Properties">
                <thead><tr><th scope="col" class="cell">Property</th><th scope="col" class="cell">Type</th><th scope="col" class="cell">Limits</th>
                    <th scope="col" class="cell">Privacy</th><th scope="col" class="cell">What it is</th></tr></thead>
                <tbody>{properties.map((p) => {
                    const {name, words} = privacyWords(p);
                    return (
                        <tr key={p.name} class="row">
                            <td class="cell"><span class="mono">{p.name}</span>{p.required && !p.parameter && <span class="catalogue-tag">required</span>}
                                {p.parameter && <span class="catalogue-tag">part of the name</span>}</td>
                            <td class="cell mono">{p.type}</td>
                            <td class="cell catalogue-limits">{limitsOf(p).join('; ') || '–'}</td>
                            <td class="cell"><span class={`catalogue-privacy catalogue-${p.privacy}`} title={words}>{name}</span><span class="unseen"> {words}</span>
                                {p.sensitive && p.privacy === 'keep' && !p.values && <span class="catalogue-hint" title="Its name sounds like a secret or personal data, and its class is keep."> <Icon name="warn" size={12} /> sounds personal</span>}</td>
                            <td class="cell catalogue-words">{p.description ?? '–'}</td>
                        </tr>
                    );
                })}</tbody>
            </table>
        </div>
    );
}
