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
/**
 * Parts of @splunk/themes that its index loads and the desk, which has the family `enterprise`, never
 * looks at: a tenth of the bundle. Whatever comes to look at one finds it undefined.
 */
const withoutUnusedThemes = {
  name: "without-unused-themes",
  setup({ onResolve, onLoad }) {
    const parts = /^\.\/(splunk-magnetic|splunk-1cd|design-tokens)(\/|$)/;
    const index = path.join("@splunk", "themes", "index.js");
    onResolve({ filter: parts }, ({ importer, path: part }) =>
      importer.endsWith(index) ? { path: part, namespace: "unused" } : undefined,
    );
    onLoad({ filter: /./, namespace: "unused" }, () => ({ contents: "module.exports = {};" }));
  },
};

const outfile = path.join(root, "appserver", "static", "desk.js");
await build({
  ...browserDefaults,
  entryPoints: [entry],
  outfile,
  legalComments: "linked",
  plugins: [withoutUnusedThemes],
  banner: { js: "(function (define) {" },
  footer: { js: "})();" },
});
console.log(`appserver/static/desk.js ${(statSync(outfile).size / 1024).toFixed(0)} KiB`);
