// The queue's quick filters, keys, help, link, export, and a refresh that moves no row.
import { readFile } from "node:fs/promises";
import { config, login, stopRefreshing, view, violations, withBrowser } from "./page.mjs";

const ids = (page) =>
  page.$$eval("table.queue tbody tr", (rows) => rows.map((row) => row.dataset.case));

await withBrowser(async (browser) => {
  const result = { axe: {} };
  const { page, faults, outside } = await login(browser, "ciw_l1", {
    viewport: { width: 1280, height: 900 },
    acceptDownloads: true,
  });
  let extra;
  await page.route("**/ciw_triage/queue?*", async (route) => {
    const response = await route.fetch();
    const reply = await response.json();
    if (extra) {
      reply.cases = [extra, ...reply.cases.slice(1)];
    }
    await route.fulfill({ response, json: reply });
  });
  await page.clock.install();
  await page.goto(view("desk"));
  const rows = page.locator("table.queue tbody tr");
  await rows.first().waitFor();
  const before = await ids(page);

  // Somebody points at the second row: what is new waits, what changed changes in place.
  await rows.nth(1).hover();
  extra = JSON.parse(JSON.stringify(config.extra));
  await page.clock.fastForward(21000);
  const news = page.getByTestId("news");
  await news.waitFor();
  result.news = await news.innerText();
  result.held = JSON.stringify(await ids(page)) === JSON.stringify(before);
  result.gone = await page.locator("tr.gone").getAttribute("data-case");
  result.first = before[0];
  result.axe.held = await violations(page);
  await news.click();
  await page.waitForFunction((id) => document.querySelector("tbody tr").dataset.case === id, extra.case.case_id);
  // Nobody points at a row: it comes by itself.
  extra = undefined;
  await page.mouse.move(5, 5);
  await page.evaluate(() => document.activeElement.blur());
  await page.clock.fastForward(21000);
  await page.waitForFunction((id) => document.querySelector("tbody tr").dataset.case === id, before[0]);
  await page.unrouteAll({ behavior: "wait" });

  await page.keyboard.press("?");
  const help = page.getByRole("dialog", { name: "Keys" });
  await help.getByText("Assign to me").waitFor();
  result.axe.help = await violations(page);
  await page.keyboard.press("x");
  await page.keyboard.press("Escape");
  await help.waitFor({ state: "hidden" });
  result.helpTookTheKey = (await page.locator("tbody input:checked").count()) === 0;

  await page.keyboard.press("j");
  await page.keyboard.press("a");
  await page.locator('.bulk [role="status"]').waitFor();
  result.assigned = await page.locator('.bulk [role="status"]').innerText();
  const mine = page.getByRole("button", { name: "1 Mine" });
  await mine.waitFor();
  await mine.click();
  await page.waitForFunction(() => document.querySelectorAll("table.queue tbody tr").length === 1);
  result.mine = [await ids(page), new URL(page.url()).search];
  await page.getByRole("button", { name: "Clear", exact: true }).click();
  await page.getByRole("button", { name: /Due within/ }).click();
  await page.waitForFunction(() => window.location.search === "?due=soon");
  await page.reload();
  await rows.first().waitFor();
  await page.waitForFunction(() => document.querySelectorAll("table.queue tbody tr").length === 4);
  result.soon = await page.getByRole("button", { name: /Due within/ }).getAttribute("aria-pressed");

  await stopRefreshing(page);
  await page.keyboard.press("j");
  await page.keyboard.press("e");
  await page.waitForFunction(() => document.activeElement?.closest(".bulk .reason"));
  await page.keyboard.type("Tier 2 should look.");
  result.reason = await page.getByLabel("Reason for closing or escalating").inputValue();
  await page.getByRole("button", { name: "Escalate 1" }).click();
  await page.locator('.bulk [role="status"]').getByText("recorded (escalate)").waitFor();

  // Plain HTTP has no clipboard: the link is copied by the selection.
  await page.evaluate(() => {
    Object.defineProperty(navigator, "clipboard", { value: undefined });
    document.execCommand = (what) => {
      window.copied = [what, document.activeElement.value];
      return true;
    };
  });
  await page.getByRole("button", { name: "Copy link" }).click();
  await page.getByText("Link copied.").waitFor();
  result.copied = await page.evaluate(() => window.copied);

  await page.getByRole("button", { name: /Due within/ }).click();
  await page.waitForFunction(() => document.querySelectorAll("table.queue tbody tr").length === 10);
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export CSV" }).click(),
  ]);
  result.csv = await readFile(await file.path(), "utf8");

  await page.keyboard.press("g");
  await page.keyboard.press("b");
  await page.getByRole("heading", { name: "Baselines" }).waitFor();
  result.page = [
    new URL(page.url()).search,
    await page.locator('#ciw-desk nav [aria-current="page"]').innerText(),
  ];
  await page.goBack();
  await rows.first().waitFor();
  result.faults = faults;
  result.outside = outside;
  return result;
});
