// SPDX-License-Identifier: Apache-2.0
//
// What one source may have kept aside is bounded, by rate and by bytes of a day: beyond it a faulty event is
// refused and counted, and nobody else notices.

import assert from 'node:assert/strict';
import {randomUUID} from 'node:crypto';
import {test} from 'node:test';

import {goodEvent, inOneHour, metrics, post, startWeir} from './lib/weir.mjs';

const wrong = (more) => ({name: 'project.created', properties: {seats: 1}, ...more});
const bounded = (quarantine) => ({settings: (s) => ({...s, quarantine})});

async function assertLaw(weir) {
    const m = await metrics(weir);
    const of = (what) => m[`weir_events_${what}_total{source="backend"}`];
    assert.equal(of('received'), of('accepted') + of('duplicate') + of('quarantined') + of('refused'));
    return {full: m['weir_refusals_total{source="backend",reason="quarantine_full"}'] ?? 0,
        quarantined: of('quarantined')};
}

test('past its rate a faulty event is refused, and the rest of its request is not', async (t) => {
    const weir = await startWeir(t, bounded({rate: '1/h'}));
    const first = await post(weir, Array.from({length: 100}, () => wrong())); // the least burst there is

    assert.equal(first.body.quarantined, 100);
    const {status, body} = await post(weir, [goodEvent(), wrong(), goodEvent()]);
    assert.equal(status, 207);
    assert.equal(body.accepted, 2);
    assert.equal(body.refused, 1);
    assert.deepEqual(body.events.map((event) => event.verdict), ['accepted', 'refused', 'accepted']);
    assert.deepEqual(body.events[1].errors.map((error) => error.code), ['missing_property', 'quarantine_full']);
    assert.equal(body.events[1].errors[1].path, '');
    assert.equal('position' in body.events[1], false);
    assert.equal((await post(weir, wrong())).status, 422);
    assert.deepEqual(await assertLaw(weir), {full: 2, quarantined: 100});
});

test('a faulty event that is sent again, or was not kept, costs nothing', async (t) => {
    const weir = await startWeir(t, bounded({rate: '1/h'}));
    const same = wrong({id: randomUUID()});

    for (let i = 0; i < 150; i++)
        assert.equal((await post(weir, same)).body.quarantined, 1);
    assert.equal((await post(weir, '[' + `${JSON.stringify(wrong())},`.repeat(90) + '{]')).status, 400);
    assert.equal((await post(weir, Array.from({length: 99}, () => wrong()))).body.quarantined, 99);
    assert.equal((await post(weir, wrong())).body.refused, 1);
    await assertLaw(weir);
});

test('past its bytes of the day a source has nothing more kept aside, over restarts', inOneHour(async (t) => {
    let weir = await startWeir(t, bounded({rate: 'unlimited', daily: '1MiB'}));
    const big = wrong({properties: {seats: 'x'.repeat(100000)}});
    let kept = 0;

    for (;; kept++) {
        const {body} = await post(weir, big);
        if (body.refused)
            break;
    }
    assert.equal(kept, 10);
    assert.equal((await post(weir, wrong())).body.quarantined, 1, 'what still fits is kept');
    assert.equal((await assertLaw(weir)).full, 1);
    for (const signal of ['SIGTERM', 'SIGKILL']) {
        await weir.stop(signal);
        weir = await startWeir(t, {dir: weir.dir});
        assert.equal((await post(weir, big)).body.refused, 1, `after ${signal}`);
    }
    assert.equal((await assertLaw(weir)).full, 3);
}));

test('an event with more errors than are listed says that it was not kept', async (t) => {
    const weir = await startWeir(t, bounded({rate: '1/h'}));
    const many = wrong({properties: Object.fromEntries(Array.from({length: 30}, (_, i) => [`p${i}`, 1]))});

    await post(weir, Array.from({length: 100}, () => wrong()));
    const {body} = await post(weir, many);
    assert.equal(body.events[0].errors.length, 16);
    assert.equal(body.events[0].errors[15].code, 'quarantine_full');
    assert.equal(body.events[0].more_errors, 31 + 1 - 16);
});
