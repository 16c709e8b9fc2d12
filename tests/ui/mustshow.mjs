// What the app must show, on cases that the shipped searches made: the queue, a case, each of its
// questions answered, an escalation with a reason that a reload keeps, a stale write refused.
// It takes the pictures of docs/screenshots too (docs/README.md says how).
import {
  config,
  login,
  picture,
  questionsAnswered,
  stopRefreshing,
  view,
  violations,
  withBrowser,
} from "./page.mjs";

const TALL = { width: 1440, height: 1640 };

await withBrowser(async (browser) => {
  const result = {};
  const first = await login(browser, "ciw_l1");
  const page = first.page;
  await page.goto(view("desk"));
  await page.waitForSelector("table.queue tbody tr");
  await picture(page, "queue");
  await page.goto(view("desk", "?theme=light"));
  await page.waitForSelector("table.queue tbody tr");
  await picture(page, "queue-light");
  await page.goto(view("desk", "?state=new"));
  const row = page.locator("table.queue tbody tr").first();
  await row.waitFor();
  const caseId = await row.getAttribute("data-case");
  result.case_id = caseId;

  await row.click();
  await page.waitForSelector('[data-testid="rule"]');
  await page.setViewportSize(TALL);
  await questionsAnswered(page);
  await picture(page, "case");
  result.rule = await page.getAttribute('[data-testid="rule"]', "data-verdict");
  result.axe = await violations(page);
  const address = page.url();
  await page.goto(view("desk", `?case=${caseId}&theme=light`));
  await questionsAnswered(page);
  await picture(page, "case-light");
  await page.goto(address);
  await questionsAnswered(page);

  // A second analyst opens the case before the first one changes it.
  const second = await login(browser, "ciw_l2");
  await second.page.goto(address);
  await questionsAnswered(second.page);
  await stopRefreshing(second.page);
  await second.page.getByRole("button", { name: "Close", exact: true }).click();
  await second.page.getByLabel("Why is it closed so?").fill("Looked like a planned change.");
  await second.page.getByRole("button", { name: "Benign" }).click();

  // The first analyst confirms what a search could tell and answers what none could.
  result.questions = [];
  for (const name of config.questions) {
    const card = page.locator(`[data-question="${name}"]`);
    const said = await card.locator(".ask .chip").first().innerText();
    result.questions.push([name, said.split(/[\s,]/)[0]]);
    const confirm = card.getByRole("button", { name: "Confirm" });
    if (await confirm.count()) {
      await confirm.click();
    } else {
      await card.getByRole("button", { name: "Answer" }).click();
      await card.getByRole("button", { name: "Unknown" }).click();
      await card.getByLabel("How do you know? (optional)").fill("Asked the owner of the account.");
      await card.getByRole("button", { name: "Record answer" }).click();
    }
    await card.locator(".analyst").waitFor();
  }
  await page.getByRole("button", { name: "Escalate", exact: true }).click();
  const reason = page.getByLabel("Why does tier 2 need to look?");
  await reason.fill("Nobody planned this.");
  await page.getByRole("button", { name: "Insert findings" }).click();
  result.reason = await reason.inputValue();
  await page.getByRole("button", { name: "Escalate to tier 2" }).click();
  await page.waitForSelector(".head .chip.state-escalated");
  await page.reload();
  await questionsAnswered(page);
  result.keptState = await page.locator(".head .chip.state-escalated").count();
  result.keptHistory = await page.locator("ol.history li").first().innerText();
  result.keptAnswers = await page.locator("[data-question] .analyst").count();
  await picture(page, "case-escalated");

  await second.page.getByRole("button", { name: "Close case" }).click();
  await second.page.waitForSelector('[data-testid="conflict"]');
  result.conflict = await second.page.innerText('[data-testid="conflict"]');
  result.draft = await second.page.getByLabel("Why is it closed so?").inputValue();
  await picture(second.page, "case-conflict");

  result.faults = [first, second].flatMap(({ faults }) => faults);
  result.outside = [first, second].flatMap(({ outside }) => outside);
  return result;
});
