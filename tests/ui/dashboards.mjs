// Dashboards in the official renderer: waits for each page's words, says what each panel shows, and
// follows its links. A click is told by the address that it asks for, so that the page stays; each
// address is then opened.
import { config, login, picture, view, withBrowser } from "./page.mjs";

const PATIENCE = { timeout: 240_000 };
let leaving = null;

const shows = (page, words) =>
  page.waitForFunction(
    (wanted) => wanted.every((text) => document.body?.innerText.includes(text)),
    words,
    PATIENCE,
  );

/** A panel that waits for its search has a picture of what it will be. */
const settled = (page) =>
  page.waitForFunction(
    () =>
      document.querySelector('[data-test="grid-item"]') &&
      !document.querySelector('[data-test="icon-placeholder"]'),
    null,
    PATIENCE,
  );

/** By its id, what each panel says, and whether it says that its search failed. */
const panels = (page) =>
  page.$$eval('[data-test="grid-item"]', (all) =>
    Object.fromEntries(
      all.map((one) => [
        one.id,
        { text: one.innerText, failed: Boolean(one.querySelector('[aria-label="Error"]')) },
      ]),
    ),
  );

/** The address that a click asks for. */
async function asked(page, press) {
  const url = new Promise((resolve, reject) => {
    leaving = resolve;
    setTimeout(() => reject(new Error("no click led away")), PATIENCE.timeout).unref();
  });
  try {
    await press();
    return await url;
  } finally {
    leaving = null;
  }
}

const target = (page, { panel, text, within }) => {
  const place = panel ? page.locator(`#${panel}`) : page.locator("body");
  if (text) return place.getByText(text, { exact: true }).first();
  return within ? place.locator(within).first() : place;
};

await withBrowser(async (browser) => {
  const result = { text: {}, panels: {}, landed: {}, arrived: {} };
  const { page, faults, outside } = await login(browser, "ciw_viewer", {
    viewport: { width: 1440, height: 3000 },
  });
  // The answer 204 leaves a page where it is.
  await page.route("**/*", async (route) => {
    const told = leaving;
    if (!told || !route.request().isNavigationRequest()) return route.fallback();
    await route.fulfill({ status: 204 });
    told(route.request().url());
  });
  for (const { name, query = "", words, choose = [], click = [], height = 3000 } of config.pages) {
    await page.setViewportSize({ width: 1440, height });
    await page.goto(view(name, query), { waitUntil: "commit" });
    await shows(page, words);
    await settled(page);
    result.text[name + query] = await page.innerText("body");
    result.panels[name + query] = await panels(page);
    if (config.keep) await picture(page, name);
    for (const { press, words: then, as } of choose) {
      for (const one of press) await target(page, one).click();
      await shows(page, then);
      await settled(page);
      result.text[as] = await page.innerText("body");
    }
    const opened = [];
    for (const one of click) {
      const url = await asked(page, () => target(page, one).click());
      result.landed[`${name}: ${one.as}`] = url;
      if (one.words) opened.push([one, url]);
    }
    for (const [one, url] of opened) {
      await page.goto(url, { waitUntil: "commit" });
      await shows(page, one.words);
      result.arrived[`${name}: ${one.as}`] = await page.$$eval("[data-case]", (rows) =>
        rows.map((row) => row.dataset.case),
      );
    }
  }
  result.faults = faults;
  result.outside = outside;
  return result;
});
