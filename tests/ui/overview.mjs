// The overview in the official renderer: every panel has data, and a row leads to its case.
import { arrival } from "../../web/browser.mjs";
import { login, view, withBrowser } from "./page.mjs";

await withBrowser(async (browser) => {
  const { page, faults, outside } = await login(browser, "ciw_viewer", {
    viewport: { width: 1440, height: 1700 },
  });
  await page.goto(view("overview"));
  await page.getByText("build-agent").first().waitFor();
  await page.waitForFunction(() => document.querySelectorAll("svg.highcharts-root").length >= 3);
  await page.waitForTimeout(1500);
  const result = { text: await page.innerText("body") };
  await page.getByText("build-agent").first().click();
  await arrival(page, "**/desk?case=*");
  await page.waitForSelector('[data-testid="rule"]');
  result.address = page.url();
  result.faults = faults;
  result.outside = outside;
  return result;
});
