// The overview in the official renderer: every panel has data, and a row leads to its case.
import { login, view, withBrowser } from "./page.mjs";

await withBrowser(async (browser) => {
  const { page, faults, outside } = await login(browser, "ciw_viewer", {
    viewport: { width: 1440, height: 1700 },
  });
  await page.goto(view("overview"));
  await page.getByText("build-agent").first().waitFor({ timeout: 60000 });
  await page.waitForFunction(() => document.querySelectorAll("svg.highcharts-root").length >= 3);
  await page.waitForTimeout(1500);
  const result = { text: await page.innerText("body") };
  await page.getByText("build-agent").first().click();
  await page.waitForURL("**/desk?case=*");
  await page.waitForSelector('[data-testid="rule"]');
  result.address = page.url();
  result.faults = faults;
  result.outside = outside;
  return result;
});
