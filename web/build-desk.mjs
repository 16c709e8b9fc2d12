// Bundles the triage desk for shipping: web/desk/index.* -> appserver/static/desk.js.
//
// Splunk Web's Simple XML pages carry RequireJS. A UMD dependency that sees RequireJS's `define`
// registers itself as an anonymous module and breaks the page; so the bundle is one IIFE in which
// `define` is undefined. Licence comments are kept beside it in desk.js.LEGAL.txt.
import { existsSync, statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import path from "node:path";
import { build } from "esbuild";
import { browserDefaults } from "./build-common.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const entry = ["tsx", "jsx", "ts", "js"]
  .map((extension) => path.join(root, "web", "desk", `index.${extension}`))
  .find((file) => existsSync(file));
if (!entry) {
  console.error("web/desk/index.{tsx,jsx,ts,js}: no entry file for the desk; nothing to build");
  process.exit(1);
}
const outfile = path.join(root, "appserver", "static", "desk.js");
await build({
  ...browserDefaults,
  entryPoints: [entry],
  outfile,
  legalComments: "linked",
  banner: { js: "(function (define) {" },
  footer: { js: "})();" },
});
console.log(`appserver/static/desk.js ${(statSync(outfile).size / 1024).toFixed(0)} KiB`);
