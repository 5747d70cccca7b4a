'use strict';
// Sends ROUNDS spans with a child each, ROUNDS log records and one counter by the OpenTelemetry SDK, which the environment tells
// where to and by which protocol (OTEL_EXPORTER_OTLP_ENDPOINT, OTEL_EXPORTER_OTLP_PROTOCOL). Prints the id of the last trace.
const { NodeSDK, resources } = require('@opentelemetry/sdk-node');
const { metrics, trace, SpanStatusCode } = require('@opentelemetry/api');
const { logs, SeverityNumber } = require('@opentelemetry/api-logs');

const rounds = Number(process.argv[2]);
const sdk = new NodeSDK({ resourceDetectors: [resources.envDetector], instrumentations: [] });
sdk.start();

const tracer = trace.getTracer('clients', '1.2.3');
const logger = logs.getLogger('clients', '1.2.3');
const meter = metrics.getMeter('clients', '1.2.3');
const settled = meter.createCounter('settled', { unit: '{settlement}' });
const latency = meter.createHistogram('latency', { unit: 'ms', advice: { explicitBucketBoundaries: [1, 10] } });
let last = '';
for (let round = 0; round < rounds; round++) {
  tracer.startActiveSpan('settle', (span) => {
    last = span.spanContext().traceId;
    span.setAttributes({ round, 'asset.names': ['gold', 'größe'], ratio: 0.5, urgent: true });
    tracer.startActiveSpan('sign', (child) => {
      child.addEvent('signed', { key: 'k1' });
      if (round === rounds - 1) child.setStatus({ code: SpanStatusCode.ERROR, message: 'no key' });
      logger.emit({ severityNumber: SeverityNumber.WARN, severityText: 'WARN', body: `settled ${round}`, attributes: { round, nested: { a: [1, 'b'] } } });
      child.end();
    });
    settled.add(2, { asset: 'gold' });
    latency.record(round, { asset: 'gold' });
    span.end();
  });
}
sdk.shutdown().then(() => console.log(last));
