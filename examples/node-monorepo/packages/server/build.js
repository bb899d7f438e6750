'use strict';

// Writes down what was built: the commit is a build argument.
require('node:fs').writeFileSync(
  require('node:path').join(__dirname, 'version.json'),
  JSON.stringify({ commit: process.env.GIT_SHA }),
);
