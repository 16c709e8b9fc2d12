// The address of a dashboard: tokens in it are `form.<token>=value`, as Splunk Web writes them.

export function dashboardUrl({ locale, app, dashboard, tokens = [] }) {
  const query = new URLSearchParams();
  tokens.forEach(({ token, value }) => {
    const name = token.startsWith("form.") ? token : `form.${token}`;
    [].concat(value ?? []).forEach((one) => query.append(name, one));
  });
  const path = [locale, "app", app, dashboard].map(encodeURIComponent).join("/");
  const text = query.toString();
  return `/${path}${text ? `?${text}` : ""}`;
}

export function searchUrl({ locale, app, query, earliest, latest }) {
  const parameters = new URLSearchParams({ q: query });
  if (earliest) {
    parameters.set("earliest", earliest);
  }
  if (latest) {
    parameters.set("latest", latest);
  }
  return `/${encodeURIComponent(locale)}/app/${encodeURIComponent(app)}/search?${parameters}`;
}
