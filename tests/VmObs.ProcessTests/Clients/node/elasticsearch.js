'use strict';
// Sends COUNT documents to ADDRESS by the official client's bulk helper, in several requests. Prints what the helper counted.
const { Client } = require('@elastic/elasticsearch');

const [address, service, count] = process.argv.slice(2);
const client = new Client({ node: address, compression: service.endsWith('gzip') });

async function* documents() {
  for (let i = 0; i < Number(count); i++) {
    yield { '@timestamp': new Date().toISOString(), message: `größe ${i}`, log: { level: i % 2 ? 'error' : 'info' }, service: { name: service }, host: { name: 'es-node' }, i };
  }
}

(async () => {
  const info = await client.info();
  const done = await client.helpers.bulk({
    datasource: documents(),
    flushBytes: 10_000,
    concurrency: 3,
    onDocument: () => ({ create: { _index: 'logs-app-default' } }),
    onDrop: (dropped) => console.error(JSON.stringify(dropped)),
  });
  console.log(JSON.stringify({ version: info.version.number, ...done }));
})();
