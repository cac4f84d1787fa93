// SPDX-License-Identifier: Apache-2.0
// People who load the same thing again and again, as their browsers do, in a process of their own:
// `people.mjs URL TOKEN COUNT` until its standard input ends; then it prints the seconds of each answer as JSON.
import { once } from 'node:events';
import { Agent, request } from 'node:http';

const [url, token, count] = process.argv.slice(2);
const agent = new Agent({ keepAlive: true }), seconds = [];
let over = false;

const load = async () => {
  const began = performance.now(), r = request(url, { agent, headers: { authorization: `Bearer ${token}` } });
  r.end();
  const [answer] = await once(r, 'response');
  answer.resume();
  await once(answer, 'end');
  if (answer.statusCode !== 200) throw new Error(`a load was answered ${answer.statusCode}`);
  seconds.push((performance.now() - began) / 1000);
};

const people = Array.from({ length: Number(count) }, async () => {
  while (!over) {
    await load();
    await new Promise((done) => setTimeout(done, 200));
  }
});
process.stdin.resume().on('end', () => { over = true; });
await Promise.all(people);
agent.destroy();
console.log(JSON.stringify(seconds));
