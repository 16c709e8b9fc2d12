// Dumps the official schema of dashboard definitions to build/web/dashboard-schema.json.
// It follows the pinned versions, so it is built and not committed. Needs Chromium, takes seconds.
import { mkdirSync, readFileSync, writeFileSync, existsSync } from "node:fs";
import { createHash } from "node:crypto";
import { fileURLToPath } from "node:url";
import path from "node:path";
import { build } from "esbuild";
import { browserDefaults } from "./build-common.mjs";
import { openBrowser } from "./browser.mjs";

const root = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const file = path.join(root, "build", "web", "dashboard-schema.json");

function stamp() {
  return createHash("sha256").update(readFileSync(path.join(root, "package-lock.json"))).digest("hex");
}

async function dump() {
  const built = await build({
    ...browserDefaults,
    entryPoints: [path.join(root, "web", "dashboard", "schema.js")],
    write: false,
    outdir: "out",
  });
  const script = built.outputFiles.find((output) => output.path.endsWith(".js")).text;
  const { browser, page } = await openBrowser("about:");
  await page.addScriptTag({ content: script });
  const text = await page.evaluate(() => window.dashboardSchema);
  await browser.close();
  return JSON.parse(text);
}

// The schema for the installed versions: kept from an earlier run, or dumped now.
export async function loadSchema() {
  const wanted = stamp();
  if (existsSync(file)) {
    const kept = JSON.parse(readFileSync(file, "utf8"));
    if (kept.stamp === wanted) {
      return kept;
    }
  }
  const dumped = { stamp: wanted, ...(await dump()) };
  mkdirSync(path.dirname(file), { recursive: true });
  writeFileSync(file, JSON.stringify(dumped));
  return dumped;
}

if (process.argv[1] === fileURLToPath(import.meta.url)) {
  const { schema } = await loadSchema();
  console.log(`build/web/dashboard-schema.json ${JSON.stringify(schema).length} characters`);
}
