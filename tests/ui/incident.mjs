// Cases of the demo from the queue to their closing: L1, escalation, L2 and its dashboard, steps of
// the runbook, heightened monitoring, containment; and a benign one closed with an exception.
import { config, login, panelsSettled, picture, questionsAnswered, view, violations, withBrowser } from "./page.mjs";

const PAUSE = { timeout: 180_000 };

async function verb(page, name, label, words, submit) {
  await page.getByRole("group", { name: "Verdict" }).getByRole("button", { name, exact: true }).click();
  await page.getByLabel(label).fill(words);
  await page.getByRole("button", { name: submit, exact: true }).click();
}

const state = (page, name) => page.waitForSelector(`.head .chip.state-${name}`, PAUSE);

async function fromTheQueue(page, caseId) {
  await page.goto(view("desk"));
  await page.click(`table.queue tr[data-case="${caseId}"]`);
  await questionsAnswered(page);
  await panelsSettled(page);
}

/** L1 reads the card and escalates; L2 investigates, contains, watches and closes. */
async function incident(first, second, caseId) {
  const told = { axe: {} };
  let page = first.page;
  await fromTheQueue(page, caseId);
  told.answers = await page.$$eval("[data-question]", (cards) =>
    cards.map((card) => [card.dataset.question, card.querySelector(".ask .chip")?.firstChild.textContent]),
  );
  told.rule = await page.getAttribute('[data-testid="rule"]', "data-verdict");
  const take = page.getByRole("button", { name: "Take case" });
  if (await take.count()) {
    await take.click();
    await state(page, "in_triage");
  }
  const card = page.locator('[data-question="known_user"]');
  const confirm = card.getByRole("button", { name: "Confirm" });
  await card.getByRole("button", { name: /^(Confirm|Answer)/ }).first().waitFor();
  // What the demo's last minutes have not told yet is unknown: then the analyst answers.
  if (await confirm.count()) {
    await confirm.click();
  } else {
    await card.getByRole("button", { name: "Answer" }).click();
    await card.getByRole("button", { name: "No", exact: true }).click();
    await card.getByLabel("How do you know? (optional)").fill("Nobody knows this principal.");
    await card.getByRole("button", { name: "Record answer" }).click();
  }
  await card.locator(".analyst").waitFor();
  await verb(page, "Escalate", "Why does tier 2 need to look?", "Nobody planned these machines.", "Escalate to tier 2");
  await state(page, "escalated");

  page = second.page;
  await page.goto(view("desk", "?state=escalated"));
  await page.click(`table.queue tr[data-case="${caseId}"]`);
  await page.waitForSelector('[role="tabpanel"]');
  await page.keyboard.press("2");
  await panelsSettled(page);
  told.tab = new URL(page.url()).searchParams.get("tab");
  told.panels = Object.fromEntries(
    await page.$$eval("[data-panel]", (panels) => panels.map((one) => [one.dataset.panel, one.innerText])),
  );
  told.failed = await page.locator('[data-panel][data-status="error"]').count();
  told.nodes = await page.locator("svg.lineage g.node").count();
  told.axe.l2 = await violations(page);
  const link = await page.getAttribute('[data-testid="investigation"]', "href");
  told.dashboard = link;

  await page.keyboard.press("3");
  await panelsSettled(page);
  told.axe.contain = await violations(page);
  told.steps = [];
  for (const phase of ["1.", "2.", "3."]) {
    const step = page.locator("section.phase", { has: page.getByRole("heading", { name: phase }) })
      .locator("[data-step]").first();
    if (!(await step.count())) continue;
    const id = await step.getAttribute("data-step");
    await step.getByRole("checkbox").click();
    await page.waitForSelector(`[data-step="${id}"][data-done="yes"]`, PAUSE);
    told.steps.push(id);
  }
  told.commands = await page.locator(".command code").allInnerTexts();
  await page.getByLabel("Why is it watched?").fill("The principal may come back.");
  await page.getByRole("button", { name: "7 days" }).click();
  await page.getByRole("button", { name: "Start the watch" }).click();
  await page.waitForSelector("[data-watch]", PAUSE);
  await verb(page, "Contain", "What was done to contain it?", "Isolated, keys disabled, disks kept.", "Record containment");
  await state(page, "contained");
  const review = page.locator("ul.review [data-step]").first();
  told.review = await review.getAttribute("data-step");
  await review.getByRole("checkbox").click();
  await page.waitForSelector(`[data-step="${told.review}"][data-done="yes"]`, PAUSE);
  await page.getByRole("group", { name: "Verdict" }).getByRole("button", { name: "Close", exact: true }).click();
  await page.getByRole("button", { name: "True positive" }).click();
  await page.getByLabel("Why is it closed so?").fill("A stolen key; the user is deleted.");
  await page.getByRole("button", { name: "Close case" }).click();
  await state(page, "closed");
  await page.keyboard.press("4");
  await panelsSettled(page);
  told.report = await page.locator("pre.report").innerText();
  return told;
}

await withBrowser(async (browser) => {
  const result = {};
  const first = await login(browser, "ciw_l1");
  const second = await login(browser, "ciw_l2");
  for (const [name, caseId] of Object.entries(config.incidents)) {
    result[name] = await incident(first, second, caseId);
  }
  // The dashboard that L2's link leads to shows this case.
  const board = await second.context.newPage();
  await board.goto(config.url + result.mining.dashboard);
  await board.waitForFunction((id) => document.body.innerText.includes(id), config.incidents.mining);
  await board.close();

  const page = first.page;
  await fromTheQueue(page, config.benign);
  await page.getByRole("group", { name: "Verdict" }).getByRole("button", { name: "Close", exact: true }).click();
  await page.getByRole("button", { name: "Benign" }).click();
  await page.getByRole("group", { name: "Exception" }).getByRole("button", { name: "30 days" }).click();
  result.silences = await page.innerText('[data-testid="exception"]');
  await page.getByLabel("Why is it closed so?").fill("A test of what the pipeline's user may not do, agreed with the team.");
  await page.getByRole("button", { name: "Close case" }).click();
  await state(page, "closed");
  result.exceptions = await page.getByRole("region", { name: "Exceptions of this case" }).innerText();
  await picture(page, "benign-closed");
  result.faults = [first, second].flatMap(({ faults }) => faults);
  result.outside = [first, second].flatMap(({ outside }) => outside);
  return result;
});
