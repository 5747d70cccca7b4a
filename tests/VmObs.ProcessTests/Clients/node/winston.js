'use strict';
// Logs COUNT lines to ADDRESS by winston-loki, as JSON or as protobuf in a snappy block.
const winston = require('winston');
const LokiTransport = require('winston-loki');

const [address, service, form, count] = process.argv.slice(2);
const transport = new LokiTransport({
  host: address,
  labels: { service, node: 'winston-node' },
  json: form === 'json',
  format: winston.format.json(),
  useWinstonMetaAsLabels: false,
  interval: 1,
  timeout: 10_000,
  onConnectionError: (error) => { console.error(String(error)); process.exitCode = 1; },
});
const logger = winston.createLogger({ level: 'debug', transports: [transport] });
for (let i = 0; i < Number(count); i++) {
  logger.log({ level: i % 2 ? 'error' : 'info', message: `größe ${i}`, i, labels: { half: i % 2 ? 'odd' : 'even' } });
}
transport.flush().then(() => process.exit());
