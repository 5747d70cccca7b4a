'use strict';
// An Express app, traced by the SDK's own instrumentations, that answers one request by asking the app at UPSTREAM, and ends.
const { NodeSDK, resources } = require('@opentelemetry/sdk-node');
const { HttpInstrumentation } = require('@opentelemetry/instrumentation-http');
const { UndiciInstrumentation } = require('@opentelemetry/instrumentation-undici');

const sdk = new NodeSDK({
  resourceDetectors: [resources.envDetector],
  instrumentations: [new HttpInstrumentation(), new UndiciInstrumentation()],
});
sdk.start();

const express = require('express');
const upstream = process.argv[2];
const app = express();
app.get('/checkout/:id', async (request, response) => {
  const answer = await fetch(`${upstream}/price/${request.params.id}`);
  response.on('close', () => server.close(() => sdk.shutdown()));
  response.set('Connection', 'close').send(`price ${await answer.text()}`);
});
const server = app.listen(0, '127.0.0.1', () => console.log(server.address().port));
