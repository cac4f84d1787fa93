// SPDX-License-Identifier: Apache-2.0
//
// A service's events, from its backend and from its own script, and the rows that its warehouse would have of them.

import assert from 'node:assert/strict';
import {cpSync, writeFileSync} from 'node:fs';
import {join} from 'node:path';
import {after, before, describe, test} from 'node:test';
import {browserKey, goodEvent, makeFolder, metrics, origin, post, rawRequest, residue, root, runWeir, startWeir, statuses, until, untilAfter} from './lib/weir.mjs';

const forAll = untilAfter(after);
const settings = (s) => {
    Object.assign(s.sources[1], {events: ['tracked_link_clicked', 'copied_to_clipboard', 'not_in_the_catalogue']});
    return s;
};
const xss = `"><script>alert('1')</script>{{7*7}}'; DROP TABLE events; --`;
let weir, dir;

async function ask(sql) {
    const answer = await runWeir(['query', '--config', join(dir, 'weir.yaml'), '--format', 'ndjson', sql]);
    assert.equal(answer.code, 0, answer.stderr);
    return answer.stdout.split('\n').filter(Boolean).map((line) => JSON.parse(line));
}

// Asks until there are so many rows.
function askFor(count, sql) {
    return until(`${count} rows: ${sql}`, async () => {
        const found = await ask(sql);
        return found.length >= count && found;
    });
}

// The rows of some positions, without what is Weir's own.
async function rowsOf(positions) {
    const found = await askFor(positions.length,
        `SELECT * EXCLUDE (source, time) FROM service_events WHERE position IN (${positions.join()}) ORDER BY position`);
    return found.map(({position, ...row}) => row);
}

// Sends events from the backend, all of which are to be accepted; resolves to their rows.
async function send(...events) {
    const {status, body} = await post(weir, events);
    assert.equal(status, 200, JSON.stringify(body));
    return rowsOf(body.events.map((e) => e.position));
}

// What the script of a page posts; resolves to {status, text}.
async function click(body, {path = `/api/events?key=${browserKey}`, headers = {}} = {}) {
    const answer = await fetch(weir.url + path, {
        method: 'POST',
        headers: {'content-type': 'application/json', origin, referer: `${origin}/jobs?keyword=physics#top`, ...headers},
        body: typeof body === 'string' ? body : JSON.stringify(body),
    });
    return {status: answer.status, text: await answer.text(), headers: answer.headers};
}

// The row of what was accepted last.
async function lastRow(type) {
    const [{position}] = await ask(`SELECT max(position) AS position FROM events WHERE name = '${type}' AND source = 'website'`);
    return (await rowsOf([position]))[0];
}

// The number of events of scripts, once there are so many.
const untilStored = async (count) => (await askFor(count, `SELECT 1 FROM events WHERE source = 'website'`)).length;

const none = {
    request_uuid: null, request_ip: null, request_user_agent: null, request_referer: null, request_method: null,
    request_path: null, request_query: null, response_content_type: null, response_status: null, request_ab_tests: null,
    user_anonymised_request_identifier: null, user_anonymised_session_id: null, user_anonymised_jobseeker_id: null,
    user_anonymised_publisher_id: null, user_anonymised_support_user_id: null, user_anonymised_user_id: null,
};
const plain = {name: 'reticulated_splines', occurred_at: '1999-12-31T23:59:59Z', properties: {foo: 'Bar'}};
const plainRow = {type: 'reticulated_splines', occurred_at: '1999-12-31T23:59:59.000000Z', data: [{key: 'foo', value: 'Bar'}]};
const inRequest = {
    ...plain,
    request_id: '00000000-0000-0000-0000-000000000000',
    session: '1337',
    properties: {foo: 'Bar', jobseeker_id: '4321', publisher_id: '1234', ab_tests: ['search_button=blue']},
    context: {
        ip: '255.255.255.255', user_agent: 'Mozilla/4.0 (compatible; MSIE 5.5; Windows 95)', referrer: 'ukonline.gov.uk', method: 'DELETE',
        path: '/foo/bar', query: 'foo=bar&baz=bat', content_type: 'image/gif', status: 418,
    },
};

describe('service', () => {
    before(async () => {
        dir = makeFolder(forAll, {settings, files: {}});
        cpSync(join(root, 'catalogues/service'), join(dir, 'catalogue'), {recursive: true});
        writeFileSync(join(dir, 'catalogue/own.yaml'), `defaults: {owner: team@example.org, naming: snake_case}
events:
  - name: filters_set
    description: Somebody narrowed a search
    trigger: a test
    properties: {filters: {type: object, privacy: keep, description: All at once}}
`);
        weir = await startWeir(forAll, {dir});
        await startWeir(forAll, {dir, command: 'engine', ready: /console on (\S+):(\d+)/});
    });

    test('a plain event is the row of its type, time and data, alone or among others', async () => {
        assert.deepEqual(await send(plain), [{...plainRow, ...none}]);
        assert.deepEqual(await send(plain, plain, {name: 'page_visited', time: '1999-12-31T23:59:59Z'}),
            [{...plainRow, ...none}, {...plainRow, ...none}, {...plainRow, ...none, type: 'page_visited', data: []}]);
    });

    test('an event of a request has the request, the answer, and who it was as pseudonyms', async () => {
        const [row, again] = await send(inRequest, {...inRequest, properties: {...inRequest.properties, publisher_id: '4321'}});
        const names = ['request_identifier', 'session_id', 'jobseeker_id', 'publisher_id'].map((name) => `user_anonymised_${name}`);
        const expected = {
            ...plainRow, ...none,
            request_uuid: '00000000-0000-0000-0000-000000000000', request_ip: '255.255.255.255',
            request_user_agent: 'Mozilla/4.0 (compatible; MSIE 5.5; Windows 95)', request_referer: 'ukonline.gov.uk',
            request_method: 'DELETE', request_path: '/foo/bar', request_query: 'foo=bar&baz=bat', response_content_type: 'image/gif',
            response_status: 418, request_ab_tests: [{test: 'search_button', variant: 'blue'}],
        };

        for (const name of names)
            assert.match(row[name], /^[0-9a-f]{32}$/);
        assert.deepEqual({...row, ...Object.fromEntries(names.map((name) => [name, null]))}, expected);
        for (const name of names.slice(0, 3))
            assert.equal(again[name], row[name]); // equal inputs
        assert.notEqual(again.user_anonymised_publisher_id, row.user_anonymised_publisher_id);
        assert.equal(again.user_anonymised_publisher_id, row.user_anonymised_jobseeker_id); // one scope: they join
    });

    test('absent and blank identities stay absent, also from a single call', async () => {
        const [row] = await send({...inRequest, session: ' ', actor: '', properties: {foo: null, jobseeker_id: ''}});

        assert.equal(row.user_anonymised_session_id, null);
        assert.equal(row.user_anonymised_user_id, null);
        assert.equal(row.user_anonymised_jobseeker_id, null);
        assert.equal(row.request_ab_tests, null);
        assert.deepEqual(row.data, [{key: 'foo', value: null}]);
        const [other] = await send({...inRequest, actor: '4321'});
        assert.equal(other.user_anonymised_user_id, other.user_anonymised_jobseeker_id);
    });

    test('values are texts, hidden ones are not there', async () => {
        const search = {
            name: 'search_performed', time: '2026-11-22T05:31:00.5Z',
            properties: {
                search_criteria: JSON.stringify({keyword: 'physics'}), page: 2, filters_set_from_keywords: true, sort_by: null,
                vacancies_on_page: ['a', 'b "c"'],
            },
        };
        const [row, form, api] = await send(search,
            {name: 'form_validation_failed', time: 0, properties: {form_name: xss, form_errors: []}},
            {name: 'api_queried', time: 0, properties: {not_found: false}});

        assert.equal(row.occurred_at, '2026-11-22T05:31:00.500000Z');
        assert.deepEqual(Object.fromEntries(row.data.map(({key, value}) => [key, value])),
            {page: '2', filters_set_from_keywords: 'true', sort_by: null, vacancies_on_page: '["a", "b \\"c\\""]'});
        assert.deepEqual(form.data, [{key: 'form_name', value: xss}, {key: 'form_errors', value: '[]'}]);
        assert.deepEqual(api.data, [{key: 'not_found', value: 'false'}]);
        assert.deepEqual(await ask(`SELECT type FROM service_events WHERE contains(CAST(data AS VARCHAR), 'physics')`), []);
    });

    test('a hash is its JSON text', async () => {
        const [row] = await send({name: 'filters_set', time: 0, properties: {filters: {keyword: xss, radius: [10, {unit: null}]}}});

        assert.deepEqual(row.data, [{key: 'filters', value: JSON.stringify({keyword: xss, radius: [10, {unit: null}]})}]);
        const {status, body} = await post(weir, {name: 'filters_set', properties: {filters: 'none'}});
        assert.equal(status, 422);
        assert.equal(body.events[0].errors[0].expected, 'object');
    });

    test('created_at takes the place of the time, and stays', async () => {
        const created = {...plain, properties: {created_at: '2012-03-04T05:06:07.123Z'}};
        const [row, imported] = await send(created,
            {name: 'entity_imported', properties: {table_name: 'jobs', created_at: '2012-03-04T05:06:07+01:00', attributes: ['a=secret']}});

        assert.equal(row.occurred_at, '2012-03-04T05:06:07.123000Z');
        assert.deepEqual(row.data, [{key: 'created_at', value: '2012-03-04T05:06:07.123000Z'}]);
        assert.equal(imported.occurred_at, '2012-03-04T04:06:07.000000Z');
        assert.deepEqual(imported.data.map(({key}) => key).sort(), ['created_at', 'table_name']);
        const {status, body} = await post(weir, {...plain, properties: {created_at: 'last year'}});
        assert.equal(status, 422);
        assert.equal(body.events[0].errors[0].code, 'wrong_type');
    });

    test('a script posts type and data; the page is what Referer says', async () => {
        const before = (await metrics(weir))['weir_properties_dropped_total{source="website"}'] ?? 0;
        const data = {link_type: 'school_website', link_subject: xss, href: 'mailto:a@example.org', mouse_button: 0, sneaked_in: xss};
        const answer = await click({type: 'Tracked_Link_Clicked', data}, {headers: {'x-request-id': 'of the proxy', 'x-csrf-token': 'any'}});

        assert.deepEqual([answer.status, answer.text], [204, '']);
        assert.equal(answer.headers.get('access-control-allow-origin'), origin);
        await untilStored(1);
        const row = await lastRow('tracked_link_clicked');
        assert.match(row.user_anonymised_request_identifier, /^[0-9a-f]{32}$/);
        const {occurred_at, request_ip, request_user_agent, user_anonymised_request_identifier, ...rest} = row;
        assert.ok(occurred_at && request_ip && request_user_agent); // the catalogue keeps them
        assert.deepEqual({...none, ...rest}, {
            ...none, type: 'tracked_link_clicked', request_path: '/jobs', request_query: 'keyword=physics',
            data: [{key: 'link_type', value: 'school_website'}, {key: 'link_subject', value: xss}, {key: 'mouse_button', value: '0'}],
        });
        assert.deepEqual(await ask(`SELECT DISTINCT host FROM events WHERE source = 'website'`), [{host: 'www.example.org'}]);
        assert.equal((await metrics(weir))['weir_properties_dropped_total{source="website"}'] - before, 1);
    });

    test('a wrapping is taken as well, and what has no page is not lost', async () => {
        const stored = await untilStored(1), link = {type: 'tracked_link_clicked', data: {link_type: 'help'}};
        const good = [
            [{event: link, authenticity_token: 'x', type: 'ignored'}],
            [[link, {...link, data: {link_type: 'x'}}]],
            [link, {headers: {referer: 'no url at all'}}],
            [link, {headers: {referer: `${origin}/caf\u00e9`}}], // bytes that are no UTF-8
            [link, {headers: {referer: ''}}],
            [link, {path: '/api/events'}], // the only browser source
            [link, {headers: {'content-type': 'text/plain'}}],
        ];

        for (const [body, options] of good)
            assert.deepEqual((await click(body, options)).status, 204, JSON.stringify([body, options]));
        await untilStored(stored + 8);
        assert.deepEqual(await ask(`SELECT count(*) AS n, count(path) AS paths FROM events WHERE source = 'website'`), [{n: stored + 8, paths: stored + 5}]);
    });

    test('what is not taken gets an empty 400', async () => {
        const bad = [
            {type: 'reticulated_splines', data: {}}, // the source may not send it
            {type: 'nobody_knows_it', data: {}},
            {type: 'not_in_the_catalogue', data: {}}, // kept aside
            {type: 'tracked_link_clicked', data: {link_type: 7}}, // kept aside
            {type: 'tracked_link_clicked', data: {}}, // likewise: it is required
            {type: 'tracked_link_clicked', data: 'x'},
            {type: 5, data: {}},
            {data: {}},
            {event: 'tracked_link_clicked'},
        ];

        for (const body of bad) {
            const answer = await click(body);
            assert.deepEqual([answer.status, answer.text], [400, ''], JSON.stringify(body));
        }
        const kept = await askFor(4, `SELECT reasons, event ->> 'name' AS name FROM quarantine WHERE source = 'website' ORDER BY position`);
        assert.deepEqual(kept.map((row) => row.reasons.join()),
            ['unknown_event', 'wrong_type', 'missing_property', 'wrong_field,missing_property']);
        for (const text of ['', '{', 'null,', '{"type":"a","type":"b"}', '{"event":{"data":{"a":1,"a":2}}}', '{"x":{"a":1,"a":2}}', '\ufeff{}'])
            assert.equal((await click(text)).status, 400, text);
    });

    test('another origin, key or method is refused as everywhere', async () => {
        const link = {type: 'tracked_link_clicked', data: {link_type: 'help'}};
        const preflight = (headers) => fetch(`${weir.url}/api/events`,
            {method: 'OPTIONS', headers: {'access-control-request-method': 'POST', ...headers}});

        assert.equal((await click(link, {headers: {origin: 'https://evil.example'}})).status, 403);
        assert.equal((await click(link, {path: '/api/events?key=wrong'})).status, 401);
        assert.equal((await click(link, {headers: {'content-type': 'text/xml'}})).status, 415);
        assert.equal((await fetch(`${weir.url}/api/events`)).status, 405);
        const asked = await preflight({origin});
        assert.equal(asked.status, 204);
        assert.equal(asked.headers.get('access-control-allow-methods'), 'POST');
        assert.match(asked.headers.get('access-control-allow-headers'), /X-CSRF-Token/);
        assert.equal((await preflight({origin: 'https://evil.example'})).status, 403);
        const body = JSON.stringify(link);
        const {text} = await rawRequest(weir.port, `POST /api/events HTTP/1.1\r\nHost: x\r\nContent-Type: application/json\r\nContent-Length: ${body.length}\r\n\r\n${body}`);
        assert.deepEqual(statuses(text), [403]); // neither Origin nor a page of its own
    });
});

// What nobody named gets an id of its own request, also where the collector reads many in one go.
test('requests of one moment are not taken for one', async (t) => {
    const folder = makeFolder(t, {settings: (s) => {
        s.collector.threads = 1;
        return s;
    }});
    const collector = await startWeir(t, {dir: folder});

    process.kill(collector.pid, 'SIGSTOP');
    const answers = Array.from({length: 20}, () => post(collector, [goodEvent(), goodEvent()]));
    await new Promise((done) => setTimeout(done, 200));
    process.kill(collector.pid, 'SIGCONT');
    assert.deepEqual((await Promise.all(answers)).map((a) => a.status), Array(20).fill(200));
    await collector.stop();
    await startWeir(t, {dir: folder, command: 'engine', ready: /console on (\S+):(\d+)/});
    await residue(folder, {delivered: true});
    const {stdout} = await runWeir(['query', '--config', join(folder, 'weir.yaml'), '--format', 'ndjson',
        'SELECT count(*) AS requests, min(n) AS least, max(n) AS most FROM (SELECT count(*) AS n FROM events GROUP BY request_id)']);
    assert.deepEqual(JSON.parse(stdout), {requests: 20, least: 2, most: 2});
});
