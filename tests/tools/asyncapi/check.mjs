// Checks an AsyncAPI document with the reference parser: `node check.mjs DOCUMENT`. Warnings
// count as errors, but for advice on taste.

import { readFile } from "node:fs/promises";
import { Parser } from "@asyncapi/parser";

const PASSED_OVER = new Set(["asyncapi-latest-version", "asyncapi-info-contact", "asyncapi-servers"]);

const [file] = process.argv.slice(2);
if (!file) {
  console.error("usage: node check.mjs DOCUMENT");
  process.exit(2);
}
const { document, diagnostics } = await new Parser().parse(await readFile(file, "utf8"));
const wrong = diagnostics.filter(({ code }) => !PASSED_OVER.has(code));
for (const { code, message, path } of wrong) {
  console.error(`${path.join("/")}: ${message} (${code})`);
}
if (!document || wrong.length > 0) {
  console.error(`${file} is not a sound AsyncAPI document: ${wrong.length} findings`);
  process.exit(1);
}
const messages = document.allMessages().all().length;
console.log(`${file}: AsyncAPI ${document.version()}, ${messages} messages, sound`);
