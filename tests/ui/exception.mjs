// An analyst closes a benign case with an exception, and looks at the queue after each time that the
// same happened again: soon, on the last day of the exception and after it (config.world makes it so).
import { config, login, panelsSettled, picture, questionsAnswered, view, withBrowser } from "./page.mjs";

const PAUSE = { timeout: 240_000 };

await withBrowser(async (browser) => {
  const { page, faults, outside } = await login(browser, "ciw_l1");
  const result = { queue: {} };

  const look = async (when) => {
    await page.goto(view("desk"));
    await page.waitForSelector("table.queue tbody tr, .empty h2", PAUSE);
    result.queue[when] = await page.locator("table.queue tbody bdi").allInnerTexts();
  };
  const happen = async (when) => {
    await fetch(`${config.world}/${when}`, { method: "POST" });
    await look(when);
  };

  await look("first");
  await page.click(`table.queue tr[data-case="${config.case_id}"]`);
  await questionsAnswered(page);
  await panelsSettled(page);
  await page.getByRole("group", { name: "Verdict" }).getByRole("button", { name: "Close", exact: true }).click();
  await page.getByRole("button", { name: "Benign" }).click();
  const exception = page.locator('[data-testid="exception"]');
  result.without = await exception.locator(".hint").innerText();
  await page.getByRole("group", { name: "Exception" }).getByRole("button", { name: "7 days" }).click();
  result.silences = await exception.innerText();
  await page.getByLabel("Why is it closed so?").fill("The pipeline tests what it may not do, agreed with the team.");
  await page.getByRole("button", { name: "Close case" }).click();
  await page.waitForSelector(".head .chip.state-closed", PAUSE);
  result.exceptions = await page.getByRole("region", { name: "Exceptions of this case" }).innerText();
  await picture(page, "benign-closed");
  await look("closed");

  for (const when of ["soon", "last-day", "expired"]) await happen(when);
  await picture(page, "queue-after-the-exception");
  await page.locator("table.queue tbody tr", { hasText: "quota-checker" }).click();
  result.link = await page.locator(`.head a[href*="${config.case_id}"]`).first().getAttribute("href", PAUSE);
  return { ...result, faults, outside };
});
