// Splunk's own page has the interactions linkToDashboard and linkToSearch; the published presets
// have not. These stand-ins read the same options and go to the lab's pages.
import { dashboardUrl, searchUrl } from "./address.js";

const isClick = (event) => event.type.endsWith(".click");
const accepts = (list, value) =>
  !Array.isArray(list) || list.length === 0 || list.includes("any") || list.includes(value);

// `value` of a token may come from the clicked row: {"token": "x", "key": "row.user.value"}.
function valueOf({ key, value }, payload) {
  return key === undefined ? value : payload?.[key];
}

function linkTo(makeUrl) {
  return class {
    constructor(options = {}) {
      this.options = options;
    }

    canHandle = (event) =>
      isClick(event) &&
      accepts(this.options.events, event.type) &&
      accepts(this.options.fields, event.payload?.name);

    handle = (event) =>
      Promise.resolve([
        {
          type: "linkTo",
          payload: {
            url: makeUrl(this.options, event.payload),
            newTab: Boolean(this.options.newTab),
          },
        },
      ]);
  };
}

export function makeHandlers({ locale, app }) {
  return {
    "drilldown.linkToDashboard": linkTo((options, payload) =>
      dashboardUrl({
        locale,
        app: options.app || app,
        dashboard: options.dashboard,
        tokens: (options.tokens || []).map((entry) => ({
          token: entry.token,
          value: valueOf(entry, payload),
        })),
      }),
    ),
    "drilldown.linkToSearch": linkTo((options) =>
      searchUrl({
        locale,
        app,
        query: options.query || "",
        earliest: options.earliest,
        latest: options.latest,
      }),
    ),
  };
}
