'use strict';

const mustache = require('mustache');

module.exports = (who) => mustache.render('Hello, {{who}}', { who });
