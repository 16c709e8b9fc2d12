// A case from the queue and back with the keyboard alone, and on to the next one.
import { login, stopRefreshing, view, violations, withBrowser } from "./page.mjs";

const focused = (page) =>
  page.evaluate(() => document.activeElement.closest("tr[data-case]")?.dataset.case);
const pressed = (page) =>
  page.evaluate(() => ({
    address: window.location.search,
    dialogs: document.querySelectorAll("dialog[open]").length,
    focused: document.activeElement.textContent,
  }));

/** Holds what goes to that address, once `if` says so, until it is let go. */
async function hold(page, url, holds) {
  let letGo;
  const until = new Promise((done) => {
    letGo = done;
  });
  await page.route(url, async (route) => {
    if (holds(route.request())) await until;
    // The page may have given it up meanwhile.
    await route.continue().catch(() => {});
  });
  return async () => {
    letGo();
    await page.unrouteAll({ behavior: "wait" });
  };
}
const isChange = (request) => request.method() === "POST";
const CASE = "**/ciw_triage/case*";
const caseIn = (page) => new URL(page.url()).searchParams.get("case");

await withBrowser(async (browser) => {
  const result = {};
  const { page, faults, outside } = await login(browser, "ciw_l1");
  const rows = page.locator("table.queue tbody tr[data-case]");
  const key = (name) => page.keyboard.press(name);
  const opened = (id) =>
    page.waitForFunction(
      (wanted) => document.querySelector(".bar .mono")?.textContent === `case ${wanted}` &&
        document.querySelector('[aria-label="Your verdict"]'),
      id,
    );
  let asked = 0;
  let changes = 0;
  page.on("request", (request) => {
    asked += request.url().includes("/ciw_triage/whoami") ? 1 : 0;
    changes += isChange(request) && request.url().includes("/ciw_triage/case") ? 1 : 0;
  });
  await page.goto(view("desk"));
  await rows.first().waitFor();
  await stopRefreshing(page);
  result.asked = asked;
  const ids = await rows.evaluateAll((all) => all.map((row) => row.dataset.case));

  await key("j");
  await key("j");
  await key("Enter");
  await opened(ids[1]);
  result.place = await page.locator(".bar").innerText();
  // Nothing leaves the case while a change is under way.
  let letGo = await hold(page, CASE, isChange);
  await key("a");
  await page.getByTestId("done").getByText("Recording").waitFor();
  for (const name of ["n", "p", "u"]) await key(name);
  await page.getByRole("link", { name: "Next case" }).click();
  result.whileRecording = [await pressed(page), ids[1]];
  await letGo();
  await page.waitForSelector(".head .chip.state-in_triage");
  await key("e");
  await page.keyboard.type("Tier 2 should look.");
  await key("Control+Enter");
  await page.waitForSelector(".head .chip.state-escalated");
  await page.waitForFunction(() => document.activeElement === document.body);
  await key("e");
  result.refused = await page.locator('[aria-label="Your verdict"] [role="alert"]').innerText();
  await key("?");
  const help = page.getByRole("dialog", { name: "Keys" });
  await help.getByText("Next and previous case of the queue").waitFor();
  result.axe = await violations(page);
  await key("Escape");
  await help.waitFor({ state: "hidden" });

  await key("n");
  await opened(ids[2]);
  await key("p");
  await opened(ids[1]);
  await key("n");
  await opened(ids[2]);
  // In a form a letter is nobody's shortcut, though the focus is on a button.
  await key("c");
  changes = 0;
  await page.keyboard.type("napue2gq?");
  result.inForm = [await pressed(page), changes, ids[2]];
  await key("Space");
  result.turnedOut = await page
    .getByRole("group", { name: "It turned out to be" })
    .locator('[aria-pressed="true"]')
    .count();
  result.address = [caseIn(page), ids[2]];
  // What is written while the first is recorded stays.
  await page.getByRole("group", { name: "Verdict" }).getByRole("button", { name: "Note" }).click();
  const note = page.getByRole("textbox", { name: "Note", exact: true });
  await note.fill("First.");
  letGo = await hold(page, CASE, isChange);
  await key("Control+Enter");
  await page.getByTestId("done").getByText("Recording").waitFor();
  await page.keyboard.insertText(" More.");
  await letGo();
  await page.getByTestId("done").getByText("Recorded").waitFor();
  result.note = await note.inputValue();
  await key("Escape");

  await key("u");
  await page.waitForFunction((id) => document.activeElement.closest(`tr[data-case="${id}"]`), ids[2]);
  await key("j");
  result.next = [await focused(page), ids[3]];
  result.ids = ids;

  // Back again, and somebody searches before the queue's answer is there.
  const name = (await rows.nth(3).locator("bdi").innerText()).slice(0, 12);
  await key("Enter");
  await opened(ids[3]);
  changes = 0;
  letGo = await hold(page, "**/ciw_triage/queue?*", () => true);
  await key("u");
  await page.getByLabel("Search cases").waitFor();
  await key("/");
  const searched = page.waitForRequest((request) =>
    new URL(request.url()).searchParams.get("text") === name.trim());
  await page.keyboard.insertText(name);
  await searched;
  await letGo();
  await page.locator(`tr[data-case="${ids[3]}"]`).waitFor();
  await page.keyboard.type("a");
  result.typed = [await page.getByLabel("Search cases").inputValue(), `${name}a`, changes];
  result.faults = faults;
  result.outside = outside;
  return result;
});
