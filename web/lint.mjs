// What the official validator lets pass and a reader of the dashboard would stumble over:
// misspelt options, references to nothing, interactions nobody runs, searches without a query,
// tokens nobody sets, and tokens that go into SPL unquoted.

// Missing in the published schema.
const MORE_OPTIONS = { "ds.chain": ["extend"], "ds.search": ["enableSmartSources"] };
const HANDLERS_OF_SPLUNK = ["drilldown.linkToDashboard", "drilldown.linkToSearch"];
const TOKEN = /\$(?!\$)([\w.:-]+)((?:\|\w+)*)\$/g;

function distance(left, right) {
  let row = Array.from({ length: right.length + 1 }, (_, column) => column);
  for (let i = 1; i <= left.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= right.length; j += 1) {
      next[j] = Math.min(row[j] + 1, next[j - 1] + 1, row[j - 1] + (left[i - 1] !== right[j - 1]));
    }
    row = next;
  }
  return row[right.length];
}

function nearest(name, known) {
  const [best] = known
    .map((other) => [distance(name.toLowerCase(), other.toLowerCase()), other])
    .sort(([a], [b]) => a - b);
  return best && best[0] <= 3 ? `; did you mean ${best[1]}?` : "";
}

function propertyNames(schema) {
  const names = Object.keys(schema?.properties ?? {});
  return [...(schema?.anyOf ?? []), ...(schema?.oneOf ?? []), ...(schema?.allOf ?? [])].reduce(
    (all, part) => all.concat(propertyNames(part)),
    names,
  );
}

// type → names of its options, from the official schema.
function optionNames(schema, section) {
  const [entry] = Object.values(schema.properties[section].patternProperties);
  const known = {};
  (entry.allOf ?? []).forEach(({ if: condition, then }) => {
    const type = condition?.properties?.type?.const;
    if (type && then?.properties?.options) {
      known[type] = propertyNames(then.properties.options).concat(MORE_OPTIONS[type] ?? []);
    }
  });
  return known;
}

function tokensIn(text) {
  return typeof text === "string"
    ? [...text.matchAll(TOKEN)].map(([, name, filters]) => ({ name, filters }))
    : [];
}

// A problem is {path, text}. `app` gives {name, views, savedSearches} of the app it belongs to.
export function lint(definition, { schema, eventHandlers }, app) {
  const problems = [];
  const report = (path, text) => problems.push({ path, text });
  const { dataSources = {}, visualizations = {}, inputs = {}, expressions = {} } = definition;

  const sections = { dataSources, visualizations, inputs };
  Object.entries(sections).forEach(([section, items]) => {
    const known = optionNames(schema, section);
    Object.entries(items).forEach(([id, { type, options = {} }]) => {
      Object.keys(options).forEach((name) => {
        if (known[type] && !known[type].includes(name)) {
          report(`${section}.${id}.options.${name}`,
            `${type} has no such option${nearest(name, known[type])}`);
        }
      });
    });
  });

  const used = new Set();
  const refer = (path, id) => {
    used.add(id);
    if (!(id in dataSources)) {
      report(path, `there is no data source ${id}${nearest(id, Object.keys(dataSources))}`);
    }
  };
  [["visualizations", visualizations], ["inputs", inputs]].forEach(([section, items]) => {
    Object.entries(items).forEach(([id, item]) => {
      Object.entries(item.dataSources ?? {}).forEach(([role, source]) => {
        refer(`${section}.${id}.dataSources.${role}`, source);
      });
    });
  });

  Object.entries(dataSources).forEach(([id, { type, options = {} }]) => {
    const path = `dataSources.${id}.options`;
    if (["ds.search", "ds.chain"].includes(type) && !options.query?.trim()) {
      report(`${path}.query`, `${type} needs a query`);
    }
    if (type === "ds.chain" && !options.extend) {
      report(`${path}.extend`, "ds.chain needs the data source it extends");
    }
    if (options.extend) {
      refer(`${path}.extend`, options.extend);
      const seen = new Set([id]);
      for (let next = options.extend; next; next = dataSources[next]?.options?.extend) {
        if (seen.has(next)) {
          report(`${path}.extend`, `the chain leads back to ${next}`);
          break;
        }
        seen.add(next);
      }
    }
    if (type === "ds.savedSearch" && !app.savedSearches.includes(options.ref)) {
      report(`${path}.ref`,
        `no saved search ${options.ref}${nearest(String(options.ref), app.savedSearches)}`);
    }
  });

  const conditions = Object.keys(expressions.conditions ?? {});
  Object.entries(visualizations).forEach(([id, item]) => {
    const { showConditions = [], hideConditions = [] } = item.containerOptions?.visibility ?? {};
    [...showConditions, ...hideConditions].forEach((condition) => {
      if (!conditions.includes(condition)) {
        report(`visualizations.${id}.containerOptions.visibility`, `no condition ${condition}`);
      }
    });
  });

  const set = new Map();
  Object.values(inputs).forEach(({ type, options = {} }) => {
    if (options.token) {
      (type === "input.timerange" ? [`${options.token}.earliest`, `${options.token}.latest`]
        : [options.token]).forEach((token) => set.set(token, type));
    }
  });
  Object.values(definition.defaults?.tokens ?? {}).forEach((tokens) => {
    Object.keys(tokens).forEach((token) => set.set(token, set.get(token) ?? "default"));
  });
  Object.values(expressions.eval ?? {}).concat(Object.values(expressions.conditions ?? {}))
    .forEach(({ name }) => name && set.set(name, "expression"));

  const handlerTypes = [...eventHandlers, ...HANDLERS_OF_SPLUNK];
  Object.entries({ ...visualizations, ...inputs }).forEach(([id, item]) => {
    (item.eventHandlers ?? []).forEach(({ type, options = {} }, number) => {
      const path = `${id}.eventHandlers[${number}]`;
      if (!handlerTypes.includes(type)) {
        report(`${path}.type`, `no interaction ${type}${nearest(type, handlerTypes)}`);
      }
      if (type === "drilldown.setToken") {
        (options.tokens ?? []).forEach(({ token }) => set.set(token, set.get(token) ?? "setToken"));
      }
      if (type === "drilldown.linkToSearch" && !options.query?.trim()) {
        report(`${path}.options.query`, "linkToSearch needs a query");
      }
      if (type === "drilldown.linkToDashboard") {
        if (!options.app || !options.dashboard) {
          report(`${path}.options`, "linkToDashboard needs app and dashboard");
        } else if (options.app === app.name && !app.views.includes(options.dashboard)) {
          report(`${path}.options.dashboard`,
            `the app has no view ${options.dashboard}${nearest(options.dashboard, app.views)}`);
        }
      }
    });
  });

  const names = new Set(Object.entries(dataSources).flatMap(([id, { name }]) => [id, name ?? id]));
  const isSet = (name) => set.has(name) || (name.includes(":") && names.has(name.split(":")[0]));
  Object.entries(dataSources).forEach(([id, { type, options = {} }]) => {
    const query = `dataSources.${id}.options.query`;
    tokensIn(options.query).forEach(({ name, filters }) => {
      if (!isSet(name)) {
        report(query, `nothing sets the token $${name}$`);
      } else if (set.get(name) !== "input.timerange" && !filters.includes("|s")) {
        report(query, `$${name}$ goes into SPL as it comes, also from the address:`
          + ` write $${name}|s$`);
      }
    });
    Object.entries(options.queryParameters ?? {}).forEach(([parameter, value]) => {
      tokensIn(value).filter(({ name }) => !isSet(name)).forEach(({ name }) => {
        report(`dataSources.${id}.options.queryParameters.${parameter}`,
          `nothing sets the token $${name}$`);
      });
    });
    if (!used.has(id)) {
      report(`dataSources.${id}`, `nothing uses this ${type}`);
    }
  });
  return problems;
}
