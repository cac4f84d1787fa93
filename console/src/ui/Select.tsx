// SPDX-License-Identifier: Apache-2.0
//
// One of a few: the browser's own list, with its name before it.

export interface SelectProps {
    label: string;
    hideLabel?: boolean;
    value: string;
    options: (string | {value: string; name: string})[];
    disabled?: boolean;
    onChange(value: string): void;
}

export function Select({label, hideLabel = false, value, options, disabled, onChange}: SelectProps) {
    return (
        <label class="field field-select">
            <span class={hideLabel ? 'unseen' : 'field-name'}>{label}</span>
            <select value={value} disabled={disabled} onChange={(event) => onChange(event.currentTarget.value)}>
                {options.map((option) => {
                    const {value: of, name} = typeof option === 'string' ? {value: option, name: option} : option;
                    return <option key={of} value={of} selected={of === value}>{name}</option>;
                })}
            </select>
        </label>
    );
}
