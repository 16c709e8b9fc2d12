// Filters in the address, the keyboard, empty, failing and hostile content, roles, light theme.
import { config, login, questionsAnswered, view, violations, withBrowser } from "./page.mjs";

const ids = (page) =>
  page.$$eval("table.queue tbody tr", (rows) => rows.map((row) => row.dataset.case));

await withBrowser(async (browser) => {
  const result = { axe: {} };
  const { page, faults, outside } = await login(browser, "ciw_viewer");
  await page.goto(view("desk"));
  await page.waitForSelector("table.queue tbody tr");

  await page.keyboard.press("j");
  await page.keyboard.press("j");
  await page.keyboard.press("k");
  result.focused = await page.evaluate(() => document.activeElement.closest("tr")?.dataset.case);
  result.first = (await ids(page))[0];

  await page.keyboard.press("/");
  await page.keyboard.type("jenkins");
  await page.waitForFunction(() => document.querySelectorAll("table.queue tbody tr").length === 1);
  result.searched = await ids(page);
  result.address = new URL(page.url()).search;
  await page.reload();
  await page.waitForFunction(() => document.querySelectorAll("table.queue tbody tr").length === 1);
  result.afterReload = await page.getByLabel("Search cases").inputValue();

  await page.goto(view("desk", "?severity=high&state=new"));
  await page.waitForSelector("table.queue tbody tr");
  result.high = (await ids(page)).length;
  await page.getByRole("button", { name: "Closed" }).click();
  await page.waitForSelector(".empty h2");
  result.empty = await page.innerText(".empty h2");
  await page.goBack();
  await page.waitForSelector("table.queue tbody tr");
  result.afterBack = (await ids(page)).length;

  await page.goto(view("desk", `?case=${config.hostile}`));
  await questionsAnswered(page);
  result.hostile = await page.innerText(".head");
  result.injected = await page.evaluate(
    () => document.querySelectorAll("#ciw-desk img").length + (window.pwned ? 1 : 0),
  );
  const told = page.getByText("You can read this case and not change it");
  // It comes with the answer to who the reader is, which is another than the case's.
  await told.first().waitFor().catch(() => {});
  result.readOnly = await told.count();
  result.enabledVerbs = await page
    .getByRole("group", { name: "Verdict" })
    .locator("button:enabled")
    .count();
  result.evidence = await page
    .locator('[data-question="known_user"] a')
    .first()
    .getAttribute("href");

  await page.goto(view("desk", `?case=${config.failing}`));
  await questionsAnswered(page);
  result.failed = await page.innerText('[data-question="recognised_source"]');
  result.failedRule = await page.getAttribute('[data-testid="rule"]', "data-verdict");
  await page.goto(view("desk", `?case=${config.clean}&theme=light`));
  await questionsAnswered(page);
  result.cleanRule = await page.getAttribute('[data-testid="rule"]', "data-verdict");
  result.axe.light = await violations(page);
  await page.goto(view("desk", "?theme=light"));
  await page.waitForSelector("table.queue tbody tr");
  result.axe.lightQueue = await violations(page);
  result.faults = [...faults];

  await page.goto(view("desk", "?case=..%2F..%2Fetc"));
  await page.waitForSelector('[role="alert"]');
  result.badCase = await page.innerText('[role="alert"]');
  result.outside = outside;
  return result;
});
