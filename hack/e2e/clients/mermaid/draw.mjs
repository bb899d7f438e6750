// Draws Mermaid diagrams: an array of texts comes in, an array of {svg} or {error}
// goes out. jsdom lays nothing out, so text is measured by its length.
import { JSDOM } from 'jsdom';
import { readFileSync } from 'node:fs';

const { window } = new JSDOM('<!DOCTYPE html><body></body>');
Object.assign(globalThis, { window, document: window.document });
for (const name of ['Element', 'SVGElement', 'Node', 'DOMParser', 'XMLSerializer', 'CSSStyleSheet']) {
  globalThis[name] ??= window[name];
}
function measure() {
  return { x: 0, y: 0, width: 8 * this.textContent.length, height: 16 };
}
window.SVGElement.prototype.getBBox = measure;
window.Element.prototype.getBoundingClientRect = measure;

const { default: mermaid } = await import('mermaid');
mermaid.initialize({ startOnLoad: false, securityLevel: 'strict' });
const drawings = [];
for (const [i, text] of JSON.parse(readFileSync(0, 'utf8')).entries()) {
  try {
    await mermaid.parse(text);
    drawings.push(await mermaid.render(`diagram${i}`, text));
  } catch (e) {
    drawings.push({ error: String(e.message ?? e) });
  }
}
process.stdout.write(JSON.stringify(drawings), () => process.exit(0));
