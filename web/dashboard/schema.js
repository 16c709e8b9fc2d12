// Gives the official schema of a dashboard definition as text; the presets need a DOM, so this
// runs in a browser (web/schema.mjs).
import { createSchemaBasedOnPresets } from "@splunk/dashboard-definition";
import EnterprisePreset from "@splunk/dashboard-presets/EnterprisePreset";

window.dashboardSchema = JSON.stringify({
  schema: createSchemaBasedOnPresets(EnterprisePreset),
  eventHandlers: Object.keys(EnterprisePreset.eventHandlers),
});
