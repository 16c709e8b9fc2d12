// The queue, a case, its questions, an escalation, a reload; then a stale write by a second analyst.
import { config, login, questionsAnswered, stopRefreshing, view, violations, withBrowser } from "./page.mjs";

await withBrowser(async (browser) => {
  const result = { axe: {} };
  const first = await login(browser, "ciw_l1");
  const page = first.page;
  await page.goto(view("desk"));
  await page.waitForSelector("table.queue tbody tr");
  result.rows = await page.locator("table.queue tbody tr").count();
  result.axe.queue = await violations(page);

  await page.click(`tr[data-case="${config.case_id}"]`);
  await page.waitForSelector('[data-testid="rule"]');
  result.address = page.url();
  await questionsAnswered(page);
  result.rule = await page.getAttribute('[data-testid="rule"]', "data-verdict");
  result.questions = await page.locator("[data-question]").count();
  result.axe.case = await violations(page);

  await page.getByRole("button", { name: "Take case" }).click();
  await page.waitForSelector(".head .chip.state-in_triage");

  // A second analyst has the same case open before the first one changes it.
  const second = await login(browser, "ciw_l2");
  await second.page.goto(result.address);
  await second.page.waitForSelector('[data-testid="rule"]');
  await questionsAnswered(second.page);
  await stopRefreshing(second.page);
  await second.page.getByRole("button", { name: "Contain", exact: true }).click();
  await second.page.getByLabel("What was done to contain it?").fill("Moved to an empty security group.");

  await page.locator('[data-question="known_user"]').getByRole("button", { name: "Confirm" }).click();
  await page.waitForSelector('[data-question="known_user"] .analyst');
  const unknown = page.locator('[data-question="data_volume"]');
  await unknown.getByRole("button", { name: "Answer" }).click();
  await unknown.getByRole("button", { name: "Yes" }).click();
  await unknown.getByLabel("How do you know? (optional)").fill("Network team saw 40 GB outbound.");
  await unknown.getByRole("button", { name: "Record answer" }).click();
  await page.waitForSelector('[data-question="data_volume"] .analyst');

  await page.getByRole("button", { name: "Escalate", exact: true }).click();
  await page.getByRole("button", { name: "Escalate to tier 2" }).click();
  result.refusedEmpty = await page.locator('[role="alert"]').first().innerText();
  await page.getByRole("button", { name: "Insert findings" }).click();
  await page.getByLabel("Why does tier 2 need to look?").press("End");
  result.reason = await page.getByLabel("Why does tier 2 need to look?").inputValue();
  await page.getByRole("button", { name: "Escalate to tier 2" }).click();
  await page.waitForSelector(".head .chip.state-escalated");
  result.version = await page.innerText('[data-testid="version"]');

  await page.reload();
  await page.waitForSelector(".head .chip.state-escalated");
  await questionsAnswered(page);
  result.kept = await page.locator('ol[aria-label="History"]').innerText();
  result.keptAnswer = await page.locator('[data-question="data_volume"] .analyst').innerText();
  result.l1MayClose = await page
    .getByRole("group", { name: "Verdict" })
    .getByRole("button", { name: "Close" })
    .isEnabled();

  await second.page.getByRole("button", { name: "Record containment" }).click();
  await second.page.waitForSelector('[data-testid="conflict"]');
  result.conflict = await second.page.innerText('[data-testid="conflict"]');
  result.draftKept = await second.page.getByLabel("What was done to contain it?").inputValue();
  await second.page.getByRole("button", { name: "Reload the case" }).click();
  await second.page.waitForSelector(".head .chip.state-escalated");
  result.draftAfterReload = await second.page
    .getByLabel("What was done to contain it?")
    .inputValue();
  await second.page.getByRole("button", { name: "Record containment" }).click();
  await second.page.waitForSelector(".head .chip.state-contained");

  result.faults = [...first.faults, ...second.faults];
  result.outside = [...first.outside, ...second.outside];
  return result;
});
