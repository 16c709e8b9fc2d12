// Bundles a module of the desk and prints what its functions give for the cases on the command line.
import { createRequire } from "node:module";
import { build } from "esbuild";

const require = createRequire(import.meta.url);
const { module: file, calls } = JSON.parse(process.argv[2]);
const { outputFiles } = await build({
  entryPoints: [file],
  bundle: true,
  write: false,
  format: "cjs",
  platform: "node",
  logLevel: "error",
});
const holder = { exports: {} };
new Function("module", "exports", "require", outputFiles[0].text)(holder, holder.exports, require);
console.log(JSON.stringify(calls.map(([name, ...values]) => holder.exports[name](...values))));
