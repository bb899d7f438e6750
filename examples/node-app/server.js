'use strict';

// A small web server: one page, rendered from views/home.mustache.

const fs = require('node:fs');
const http = require('node:http');
const path = require('node:path');
const ms = require('ms');
const mustache = require('mustache');

const template = fs.readFileSync(path.join(__dirname, 'views', 'home.mustache'), 'utf8');

function page() {
  return mustache.render(template, {
    greeting: 'Hello from node-app',
    week: ms(ms('7d'), { long: true }),
    packages: ['ms', 'mustache'],
  });
}

const server = http.createServer((request, response) => {
  if (request.url !== '/') {
    response.writeHead(404).end('not found\n');
    return;
  }
  response.writeHead(200, { 'Content-Type': 'text/html; charset=utf-8' });
  response.end(page());
});

server.listen(Number(process.env.PORT || 3000), process.env.HOST || '0.0.0.0', () => {
  const { address, port } = server.address();
  console.log(`listening on ${address}:${port}`);
});

for (const signal of ['SIGINT', 'SIGTERM']) {
  process.on(signal, () => server.close(() => process.exit(0)));
}
