// Pictures of the desk's other pages, and of each tab of a case at its full height where a case is
// named; prints serious axe findings and overflow.
import { config, login, panelsSettled, picture, view, violations, withBrowser } from "./page.mjs";

const HIGHEST = 5000;

await withBrowser(async (browser) => {
  const result = {};
  const { page } = await login(browser, "ciw_l2");
  const { case_id: caseId, tabs = ["l2", "contain", "report"], theme = "dark", width = 1440 } = config;
  const findings = async () => ({
    axe: await violations(page),
    overflow: await page.evaluate(() => document.documentElement.scrollWidth - window.innerWidth),
  });
  await page.setViewportSize({ width, height: 900 });
  for (const name of ["baselines", "lists"]) {
    await page.goto(view("desk", `?page=${name}&theme=${theme}`));
    await page.locator("table.grid tbody tr").first().waitFor();
    await picture(page, name);
    result[name] = await findings();
  }
  for (const tab of caseId ? tabs : []) {
    await page.setViewportSize({ width, height: 900 });
    await page.goto(view("desk", `?case=${caseId}&tab=${tab}&theme=${theme}`));
    await panelsSettled(page);
    const height = await page.evaluate(() => document.documentElement.scrollHeight);
    await page.setViewportSize({ width, height: Math.min(height, HIGHEST) });
    await picture(page, `case-${tab}`);
    result[tab] = await findings();
  }
  return result;
});
