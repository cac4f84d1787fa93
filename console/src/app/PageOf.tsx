// SPDX-License-Identifier: Apache-2.0
//
// Loads a page's code when it is first shown. What a page throws while drawing stays on this page.

import {Component, type ComponentType} from 'preact';
import {useLayoutEffect, useState} from 'preact/hooks';

import {ApiError, getJson} from '../api/client';
import type {PageEntry} from '../pages/list';
import {Bar} from '../ui/Bar';
import {Failure} from '../ui/Failure';
import {Page} from '../ui/Page';

class Guard extends Component<{title: string}, {error?: ApiError}> {
    override componentDidCatch(error: unknown): void {
        console.error(error);
        this.setState({error: new ApiError(0, 'page', `this page could not be drawn: ${String(error)}`)});
    }

    render() {
        if (!this.state.error)
            return this.props.children;
        return <Page title={this.props.title}><Failure error={this.state.error} retry={() => location.reload()} /></Page>;
    }
}

// Only where somebody answers: else what stands here would give way to the browser's own words.
async function reload(): Promise<void> {
    await getJson('/api/session').catch((error: ApiError) => {
        if (error.code === 'unreachable')
            throw error;
    });
    location.reload();
}

export function PageOf({page}: {page: PageEntry}) {
    const [code, setCode] = useState<{Shown: ComponentType} | null>(null), [slow, setSlow] = useState(false);
    const [error, setError] = useState<ApiError | null>(null);

    useLayoutEffect(() => { // the code may be there before the first frame
        let gone = false;
        const timer = setTimeout(() => setSlow(true), 300);
        page.load().then((module) => {
            if (!gone)
                setCode({Shown: module.default});
        }, () => {
            if (!gone)
                setError(new ApiError(0, 'outdated', 'the code of this page could not be loaded: the engine was updated, or does not answer'));
        }).finally(() => clearTimeout(timer));
        return () => {
            gone = true;
            clearTimeout(timer);
        };
    }, [page]);
    if (error)
        return <Page title={page.name}><Failure error={error} retry={() => reload().catch(setError)} /></Page>;
    if (!code)
        return <Bar on={slow} />;
    return <Guard title={page.name}><code.Shown /></Guard>;
}
