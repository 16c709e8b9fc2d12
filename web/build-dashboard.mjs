// Bundles the lab's dashboard page: the official renderer and the little around it.
// For the lab only; Splunk has its own renderer.
import { statSync } from "node:fs";
import { fileURLToPath } from "node:url";
import path from "node:path";
import { build } from "esbuild";
import { browserDefaults } from "./build-common.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const outfile = path.join(root, "build", "web", "dashboard.js");
await build({
  ...browserDefaults,
  entryPoints: [path.join(root, "web", "dashboard", "index.jsx")],
  outfile,
  legalComments: "none",
});
console.log(`build/web/dashboard.js ${(statSync(outfile).size / 1048576).toFixed(1)} MiB`);
