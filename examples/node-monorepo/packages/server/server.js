'use strict';

const http = require('node:http');
const greeting = require('greeting');
const ms = require('ms');
const { commit } = require('./version.json');

const server = http.createServer((request, response) => {
  response.end(`${greeting('monorepo')}, commit ${commit}, up ${ms(process.uptime() * 1000)}\n`);
});

server.listen(Number(process.env.PORT || 3000), process.env.HOST || '0.0.0.0');
for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => server.close(() => process.exit(0)));
}
