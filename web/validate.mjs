// Holds Dashboard Studio views against the official schema and validator, then our lint.
// Usage: node web/validate.mjs [APP FOLDER]... (default: this repository's app).
// Prints a line for each problem, beginning with the view's file; exit 1 if there is one.
import { existsSync, readFileSync, readdirSync } from "node:fs";
import { fileURLToPath } from "node:url";
import path from "node:path";
import validation from "@splunk/dashboard-validation";
import { readDefinition, withLayoutDefinitions } from "./definition.mjs";
import { lint } from "./lint.mjs";
import { loadSchema } from "./schema.mjs";

function stanzas(root, conf) {
  const file = path.join(root, "default", conf);
  return existsSync(file)
    ? [...readFileSync(file, "utf8").matchAll(/^\[(.*)\]\s*$/gm)].map(([, name]) => name)
    : [];
}

function appName(root) {
  const text = readFileSync(path.join(root, "default", "app.conf"), "utf8");
  return (text.match(/^\[package\][^[]*?^id\s*=\s*(\S+)/m) ?? [])[1] ?? path.basename(root);
}

function makeValidator({ schema }) {
  const validator = new validation.DashboardValidator();
  // ajv's strict mode comments on the official schema itself; that is not ours to mend.
  const warn = console.warn;
  console.warn = () => undefined;
  const failed = validator.setSchema(schema);
  console.warn = warn;
  if (failed) {
    throw failed;
  }
  return validator;
}

function problemsOf(file, app, official, validator) {
  try {
    const stored = readDefinition(file);
    if (stored === null) {
      return [];
    }
    const definition = withLayoutDefinitions(stored);
    const errors = (validator.validate(definition) ?? []).map(
      ({ instancePath, message, params }) =>
        `${instancePath}: ${message}`
        + (params?.additionalProperty ? `: ${params.additionalProperty}` : ""),
    );
    return errors.concat(
      lint(definition, official, app).map(({ path: where, text }) => `${where}: ${text}`),
    );
  } catch (error) {
    return [error.message];
  }
}

const own = path.dirname(path.dirname(fileURLToPath(import.meta.url)));
const roots = process.argv.length > 2 ? process.argv.slice(2) : [own];
const official = await loadSchema();
const validator = makeValidator(official);
let views = 0;
let problems = 0;
roots.map((root) => path.resolve(root)).forEach((root) => {
  const folder = path.join(root, "default", "data", "ui", "views");
  const files = readdirSync(folder).filter((name) => name.endsWith(".xml")).sort();
  const app = {
    name: appName(root),
    views: ["search", ...files.map((name) => path.basename(name, ".xml"))],
    savedSearches: stanzas(root, "savedsearches.conf"),
  };
  files.map((name) => path.join(folder, name)).forEach((file) => {
    views += 1;
    problemsOf(file, app, official, validator).forEach((problem) => {
      problems += 1;
      console.log(`${path.relative(process.cwd(), file)}: ${problem}`);
    });
  });
});
console.log(`${views} views, ${problems} problems`);
process.exitCode = problems ? 1 : 0;
