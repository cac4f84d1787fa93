// SPDX-License-Identifier: Apache-2.0
//
// What the page's owner chose, and whether anything may be sent at all.

// The tag's data-* attributes, or the object given to start(). Switches are on where they are there, also empty.
export let options;
// Where events go.
export let address;
// Nothing is sent, stored or listened to.
export let silent;
// The page stands on a host that the owner did not list: somebody copies or proxies it.
export let mirrored;

// `base` is what a relative address starts from.
export function choose(chosen, base) {
    options = chosen;
    address = new URL(options.to || 'e', base);
    if (options.key)
        address.searchParams.set('key', options.key);
    silent = navigator.doNotTrack === '1' || navigator.globalPrivacyControl ||
        !('local' in options) && !/^https?:\/\/(?!127\.|\[::1]|([^/]+\.)?localhost[:/])/.test(location.href);
    // A host is listed by its own name, or by *.example.org for all below it.
    mirrored = options.domains && !words(options.domains).some((name) =>
        name === location.hostname || name[0] === '*' && location.hostname.endsWith(name.slice(1)));
}

// Lists stand in one attribute, between commas or blanks.
export function words(list) {
    return list.split(/[\s,]+/);
}
