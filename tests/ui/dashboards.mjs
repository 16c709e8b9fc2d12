// Dashboards in the official renderer: waits for each page's words, then follows its links.
import { arrival } from "../../web/browser.mjs";
import { config, login, picture, view, withBrowser } from "./page.mjs";

const shows = (page, words) =>
  page.waitForFunction(
    (wanted) => wanted.every((text) => document.body.innerText.includes(text)),
    words,
    { timeout: 90_000 },
  );

await withBrowser(async (browser) => {
  const result = { text: {}, landed: {} };
  const { page, faults, outside } = await login(browser, "ciw_viewer", {
    viewport: { width: 1440, height: 3000 },
  });
  for (const { name, query = "", words, click = [], height = 3000 } of config.pages) {
    await page.setViewportSize({ width: 1440, height });
    await page.goto(view(name, query));
    await shows(page, words);
    result.text[name + query] = await page.innerText("body");
    if (config.keep) await picture(page, name);
    for (const { text, to } of click) {
      await page.goto(view(name, query));
      await shows(page, words);
      await page.getByText(text, { exact: true }).first().click();
      await arrival(page, to);
      result.landed[`${name}: ${text}`] = page.url();
    }
  }
  result.faults = faults;
  result.outside = outside;
  return result;
});
