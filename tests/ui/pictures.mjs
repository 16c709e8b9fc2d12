// Pictures of each tab of a case, at its full height; prints serious axe findings and overflow.
import { config, login, panelsSettled, picture, view, violations, withBrowser } from "./page.mjs";

const HIGHEST = 5000;

await withBrowser(async (browser) => {
  const result = {};
  const { page } = await login(browser, "ciw_l2");
  const { case_id: caseId, tabs = ["l2", "contain", "report"], theme = "dark", width = 1440 } = config;
  for (const tab of tabs) {
    await page.setViewportSize({ width, height: 900 });
    await page.goto(view("desk", `?case=${caseId}&tab=${tab}&theme=${theme}`));
    await panelsSettled(page);
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width, height: Math.min(height, HIGHEST) });
    await picture(page, `case-${tab}`);
    result[tab] = {
      axe: await violations(page),
      overflow: await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
    };
  }
  return result;
});
