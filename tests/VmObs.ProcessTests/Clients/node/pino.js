'use strict';
// Logs COUNT lines to ADDRESS by pino-loki, batched.
const pino = require('pino');

const [address, service, count] = process.argv.slice(2);
const transport = pino.transport({
  target: 'pino-loki',
  options: {
    host: address,
    labels: { service, node: 'pino-node' },
    batching: true,
    interval: 1,
    propsToLabels: ['half'],
    silenceErrors: false,
  },
});
const logger = pino(transport);
transport.on('ready', () => {
  for (let i = 0; i < Number(count); i++) {
    logger[i % 2 ? 'error' : 'info']({ i, half: i % 2 ? 'odd' : 'even' }, `größe ${i}`);
  }
  transport.end();
});
