// A case from the queue and back with the keyboard alone, and on to the next one.
import { login, stopRefreshing, view, violations, withBrowser } from "./page.mjs";

const focused = (page) =>
  page.evaluate(() => document.activeElement.closest("tr[data-case]")?.dataset.case);
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
  page.on("request", (request) => {
    asked += request.url().includes("/ciw_triage/whoami") ? 1 : 0;
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
  await key("a");
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
  await key("c");
  await key("Space");
  result.turnedOut = await page
    .getByRole("group", { name: "It turned out to be" })
    .locator('[aria-pressed="true"]')
    .count();
  result.address = [caseIn(page), ids[2]];
  await key("u");
  await page.waitForFunction((id) => document.activeElement.closest(`tr[data-case="${id}"]`), ids[2]);
  await key("j");
  result.next = [await focused(page), ids[3]];
  result.ids = ids;
  result.faults = faults;
  result.outside = outside;
  return result;
});
