// The lab's dashboard page: Splunk's own renderer, fed by the page's settings and the lab's REST.
import { DashboardContextProvider, GeoJsonProvider, GeoRegistry } from "@splunk/dashboard-context";
import DashboardCore from "@splunk/dashboard-core";
import EnterpriseViewOnlyPreset from "@splunk/dashboard-presets/EnterpriseViewOnlyPreset";
import { mapURLToTokens } from "@splunk/dashboard-utils";
import SplunkThemeProvider from "@splunk/themes/SplunkThemeProvider";
import { createRoot } from "react-dom/client";
import { makeHandlers } from "./handlers.js";

const settings = JSON.parse(document.getElementById("dashboard-settings").textContent);
const locale = window.$C.LOCALE;

const preset = {
  ...EnterpriseViewOnlyPreset,
  eventHandlers: {
    ...EnterpriseViewOnlyPreset.eventHandlers,
    ...makeHandlers({ locale, app: settings.app }),
  },
};

const featureFlags = { enableSmartSourceDS: true, enableShowHide: true };

const geoRegistry = GeoRegistry.create();
geoRegistry.addDefaultProvider(new GeoJsonProvider());

createRoot(document.getElementById("dashboard")).render(
  <SplunkThemeProvider family="enterprise" colorScheme={settings.theme} density="compact">
    <DashboardContextProvider
      preset={preset}
      initialDefinition={settings.definition}
      initialMode="view"
      initialTokenBinding={mapURLToTokens({ search: window.location.search })}
      featureFlags={featureFlags}
      geoRegistry={geoRegistry}
      dataSourceContext={{ app: settings.app }}
      timezone={{ ianaTimezone: "UTC", serializedTimezone: window.$C.SERVER_ZONEINFO }}
    >
      <DashboardCore width="100%" height="100%" />
    </DashboardContextProvider>
  </SplunkThemeProvider>,
);
