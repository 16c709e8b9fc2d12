// Reads Dashboard Studio views: the JSON inside <definition>, in the form the schema speaks of.
import { readFileSync } from "node:fs";

// null for a Simple XML view; throws with the reason where a Studio view cannot be read.
export function readDefinition(file) {
  const xml = readFileSync(file, "utf8");
  if (!/<dashboard\b[^>]*\bversion\s*=\s*["']2["']/.test(xml)) {
    return null;
  }
  const found = xml.match(/<definition>\s*<!\[CDATA\[([\s\S]*?)\]\]>\s*<\/definition>/);
  if (!found) {
    throw new Error("no <definition><![CDATA[{...}]]></definition>");
  }
  return JSON.parse(found[1]);
}

// Splunk stores a dashboard without tabs as one layout {type, options, structure}; the renderer,
// and its schema, know layoutDefinitions and tabs. The renderer converts it so when it loads.
export function withLayoutDefinitions(definition) {
  const { layout } = definition;
  if (!layout || layout.layoutDefinitions) {
    return definition;
  }
  const { type, structure, globalInputs, options = {}, ...rest } = layout;
  const ofAll = ["submitButton", "showTitleAndDescription", "submitOnDashboardLoad"];
  const pick = (wanted) =>
    Object.fromEntries(Object.entries(options).filter(([name]) => ofAll.includes(name) === wanted));
  return {
    ...definition,
    layout: {
      ...rest,
      ...(globalInputs ? { globalInputs } : {}),
      options: pick(true),
      tabs: { items: [{ layoutId: "layout_1" }] },
      layoutDefinitions: { layout_1: { type, options: pick(false), structure } },
    },
  };
}
