// The tabs of a case: keyboard and ARIA, what L2 is shown, containment ticked and taken back, a watch
// begun and ended, a stale watch refused, the report, a reader's view, axe on every tab.
import {
  config,
  login,
  panelsSettled,
  picture,
  questionsAnswered,
  stopRefreshing,
  view,
  violations,
  withBrowser,
} from "./page.mjs";

const TABS = ["l1", "l2", "contain", "report"];
const selected = (page) => page.locator('[role="tab"][aria-selected="true"]').innerText();
const at = (tab, theme = "dark") => view("desk", `?case=${config.case_id}&tab=${tab}&theme=${theme}`);

await withBrowser(async (browser) => {
  const result = { axe: {}, panels: {} };
  const first = await login(browser, "ciw_l2");
  const page = first.page;
  await page.addInitScript(() =>
    Object.defineProperty(window.navigator, "clipboard", { value: undefined }),
  );
  const asked = [];
  page.on("request", (request) => {
    const name = /saved\/searches\/(\w+)\/dispatch/.exec(request.url());
    if (name) asked.push(name[1]);
  });

  await page.goto(at("report"));
  await panelsSettled(page);
  result.askedForReport = [...asked];
  await page.keyboard.press("2");
  await panelsSettled(page);
  result.address = new URL(page.url()).search;
  result.asked = [...asked];
  result.tab = await selected(page);
  result.panels = Object.fromEntries(
    await page.$$eval("[data-panel]", (panels) =>
      panels.map((panel) => [panel.dataset.panel, panel.innerText]),
    ),
  );
  result.graph = await page.evaluate(() => ({
    nodes: document.querySelectorAll("svg.lineage g.node").length,
    inCase: document.querySelectorAll("svg.lineage g.incase").length,
    edges: document.querySelectorAll("svg.lineage path.edge").length,
    named: document.querySelector("svg.lineage").getAttribute("aria-labelledby").split(" ")
      .map((id) => document.getElementById(id).textContent).join(" "),
  }));
  await page.getByText("The same in words", { exact: true }).click();
  result.words = await page.locator("ol.inwords").innerText();
  await page.getByRole("button", { name: /^Permission and security changes/ }).click();
  result.marked = await page
    .getByRole("region", { name: "The principal’s operations" })
    .locator("tbody tr")
    .count();
  result.links = await page.$$eval('[role="tabpanel"] a', (links) =>
    links.map((link) => link.getAttribute("href")),
  );
  result.injected = await page.evaluate(
    () => document.querySelectorAll("#ciw-desk img").length + (window.pwned ? 1 : 0),
  );
  await page.getByRole("tab", { name: /^L2/ }).focus();
  await page.keyboard.press("ArrowRight");
  await panelsSettled(page);
  result.arrow = [await selected(page), await page.evaluate(() => document.activeElement.id)];

  // Steps need somebody who works on the case.
  result.closedBox = await page.locator('[data-step] input').first().isDisabled();
  await page.getByRole("button", { name: "Take case" }).click();
  await page.waitForSelector(".head .chip.state-in_triage");
  await page.getByRole("button", { name: /^Copy: / }).first().click();
  await page.getByRole("button", { name: /^Copied: / }).waitFor();
  result.command = await page.locator(".command code").first().innerText();
  const note = page.getByLabel("What was done to contain it?");
  await note.focus();
  await page.keyboard.press("Control+V");
  result.pasted = await note.inputValue();
  await note.fill("");
  const step = page.locator("[data-step]").first();
  result.step = await step.getAttribute("data-step");
  await step.getByRole("button", { name: /^Note: / }).click();
  result.noteFocused = await step.getByRole("textbox").evaluate((field) => field === document.activeElement);
  await step.getByRole("textbox").fill("The first group was deleted by mistake.");
  await page.getByRole("tab", { name: /^Report/ }).click();
  await panelsSettled(page);
  await page.getByRole("tab", { name: /^Contain/ }).click();
  await panelsSettled(page);
  result.noteKept = await step.getByRole("textbox").inputValue();
  await step.getByRole("button", { name: "Tick with this note" }).click();
  await page.waitForSelector(`[data-step="${result.step}"][data-done="yes"]`);
  result.ticked = await step.innerText();
  await step.getByRole("checkbox").click();
  await page.waitForSelector(`[data-step="${result.step}"][data-done="no"]`);

  // Two analysts begin a watch; the second one's version is old.
  const second = await login(browser, "ciw_admin");
  await second.page.goto(at("contain"));
  await panelsSettled(second.page);
  await stopRefreshing(second.page);
  await second.page.getByRole("button", { name: "90 days" }).click();
  await second.page.getByLabel("Why is it watched?").fill("May come back by another key.");
  await page.getByRole("button", { name: "Start the watch" }).click();
  result.complaint = await page.locator('.form [role="alert"]').innerText();
  await page.getByLabel("Why is it watched?").fill("The key was public.");
  await page.getByRole("button", { name: "Start the watch" }).click();
  await page.waitForSelector("[data-watch]");
  result.watch = await page.locator("[data-watch]").innerText();
  await second.page.getByRole("button", { name: "Start the watch" }).click();
  await second.page.waitForSelector('[data-testid="conflict"]');
  await second.page.getByRole("button", { name: "Reload the case" }).click();
  await second.page.waitForSelector("[data-watch]");
  result.kept = await second.page.getByLabel("Why is it watched?").inputValue();
  result.keptDays = await second.page.getByLabel("or days").inputValue();
  await page.getByRole("button", { name: /^End the watch on/ }).click();
  await page.getByLabel("Why does the watch end?").fill("The user is deleted.");
  await page.getByRole("button", { name: "End the watch", exact: true }).click();
  await page.getByText("1 ended").waitFor();

  await page.keyboard.press("4");
  await panelsSettled(page);
  result.report = await page.locator("pre.report").innerText();
  result.reportHead = await page.locator('section[aria-label="Report"] > header').innerText();
  result.version = await page.getByTestId("version").innerText();
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Download Markdown" }).click(),
  ]);
  result.file = file.suggestedFilename();
  await page.getByRole("button", { name: "JSON", exact: true }).click();
  await page.getByRole("button", { name: "Download JSON" }).waitFor();
  result.json = await page.locator("pre.report").innerText();

  const reader = await login(browser, "ciw_viewer");
  for (const theme of ["dark", "light"]) {
    for (const tab of TABS) {
      await reader.page.goto(at(tab, theme));
      await panelsSettled(reader.page);
      await picture(reader.page, `${tab}-${theme}`);
      result.axe[`${tab} ${theme}`] = await violations(reader.page);
    }
  }
  await reader.page.goto(at("contain"));
  await panelsSettled(reader.page);
  result.readerBoxes = await reader.page.locator("[data-step] input:enabled").count();
  result.reader = await reader.page.locator('[role="tabpanel"]').innerText();

  await page.keyboard.press("1");
  await questionsAnswered(page);
  await panelsSettled(page);
  await page.locator('[data-question="known_user"]').getByText(/^Why do we say so/).click();
  result.grounds = await page.locator('[data-question="known_user"] .grounds').innerText();
  result.similar = await page.locator('[data-panel="Similar cases and their outcome"]').innerText();
  const all = [first, second, reader];
  result.faults = all.flatMap(({ faults }) => faults);
  result.outside = all.flatMap(({ outside }) => outside);
  return result;
});
