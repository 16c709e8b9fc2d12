// Lists: add, change, remove, import, export, a conflict. Baselines: decide on several, a conflict.
import { readFile } from "node:fs/promises";
import { config, login, picture, view, violations, withBrowser } from "./page.mjs";

const HEAD = "change_ref,cloud,vendor_account,valid_from,valid_to,summary,owner";

await withBrowser(async (browser) => {
  const result = { axe: {}, wide: {} };
  const first = await login(browser, "ciw_l2", {
    viewport: { width: 1280, height: 900 },
    acceptDownloads: true,
  });
  const { page } = first;
  const check = async (name) => {
    result.axe[name] = await violations(page);
    result.wide[name] = await page.evaluate(
      () => document.documentElement.scrollWidth - window.innerWidth,
    );
    await picture(page, name);
  };
  await page.goto(view("desk", "?page=lists"));
  await page.locator("table.grid").waitFor();
  result.lists = await page.locator("table.grid tbody tr").count();
  await check("lists");
  await page.locator("table.grid").getByRole("link", { name: "Known networks" }).click();
  await page.getByText("in the file").waitFor();
  await page.getByRole("navigation", { name: "Lists" }).getByRole("link", { name: /Change requests/ }).click();
  await page.getByText("Nothing is listed yet").waitFor();

  await page.keyboard.press("n");
  const form = page.getByRole("form", { name: "Add a row" });
  await form.getByLabel("change_ref (needed)").fill("CHG0001");
  await form.getByLabel("vendor_account").fill("111122223333");
  await form.getByLabel("valid_from (needed)").fill("soon");
  await form.getByLabel("valid_to (needed)").fill("2099-12-31");
  await form.getByLabel("owner (needed)").fill("payments");
  await form.getByLabel("Why?").fill("Approved by the board of changes.");
  await form.getByRole("button", { name: "Add" }).click();
  await form.locator("#about-valid_from .problem").waitFor();
  result.problem = await form.locator("#about-valid_from .problem").innerText();
  await check("form");
  await form.getByLabel("valid_from (needed)").fill("2026-01-01");
  await form.getByRole("button", { name: "Add" }).click();
  await page.getByText("Row added.").waitFor();
  await page.locator("table.grid").getByText("CHG0001").waitFor();

  // Two analysts change the same row: the second is told, and keeps what they typed.
  const second = await login(browser, "ciw_admin");
  await second.page.goto(view("desk", "?page=lists&list=ciw_change_requests"));
  await second.page.getByRole("button", { name: "Change", exact: true }).click();
  const change = page.getByRole("form", { name: "Change the row" });
  await page.getByRole("button", { name: "Change", exact: true }).click();
  await change.getByLabel("summary").fill("Mine");
  await change.getByLabel("Why?").fill("Longer.");
  const other = second.page.getByRole("form", { name: "Change the row" });
  await other.getByLabel("summary").fill("Theirs");
  await other.getByLabel("Why?").fill("Told by phone.");
  await other.getByRole("button", { name: "Save" }).click();
  await second.page.getByText("Row changed.").waitFor();
  await change.getByRole("button", { name: "Save" }).click();
  await page.getByTestId("list-conflict").waitFor();
  result.conflict = await page.getByTestId("list-conflict").innerText();
  result.typed = await change.getByLabel("summary").inputValue();
  await change.getByRole("button", { name: "Read the list anew" }).click();
  await page.locator("table.grid").getByText("Theirs").waitFor();
  await page.getByTestId("list-conflict").waitFor({ state: "detached" });
  await change.getByRole("button", { name: "Save" }).click();
  await page.locator("table.grid").getByText("Mine").waitFor();

  await page.getByRole("button", { name: "Import CSV" }).click();
  const panel = page.getByRole("region", { name: "Import CSV" });
  await panel.getByLabel("CSV text").fill(`${HEAD}\nCHG2,aws,1,2026-01-01,2026-02-01,"two\nlines",x\nCHG3,aws`);
  result.parse = await panel.getByRole("list", { name: "Problems" }).innerText();
  await panel.getByLabel("CSV text").fill(
    `${HEAD}\nCHG2,aws,1,2026-01-01,2026-02-01,'=1+1,x\n\nCHG3,ibm,2,2026-01-01,2026-02-01,plain,x\n`,
  );
  await panel.getByLabel("Why?").fill("The quarter's changes.");
  await panel.getByRole("button", { name: "Import 2 rows" }).click();
  await panel.getByRole("list", { name: "Problems" }).getByText("Line 4").waitFor();
  result.refused = await panel.getByRole("list", { name: "Problems" }).innerText();
  await check("import");
  await panel.getByLabel("CSV text").fill(
    `change_ref;owner;cloud;summary;valid_from;valid_to\nCHG2;x;aws;'=1+1;2026-01-01;2026-02-01\nCHG3;y;gcp;plain;2026-01-01;2026-02-01\n`,
  );
  await panel.getByRole("button", { name: "Import 2 rows" }).click();
  await page.getByText("Imported 2 rows.").waitFor();
  await page.locator("table.grid").getByText("=1+1").waitFor();
  const [file] = await Promise.all([
    page.waitForEvent("download"),
    page.getByRole("button", { name: "Export CSV" }).click(),
  ]);
  result.csv = await readFile(await file.path(), "utf8");
  await page.getByLabel("Search Change requests").fill("CHG3");
  await page.locator("table.grid tbody tr").nth(1).waitFor({ state: "detached" });
  await page.getByRole("button", { name: "Remove", exact: true }).click();
  const remove = page.getByRole("form", { name: "Remove the row" });
  await remove.getByLabel("Why?").fill("Withdrawn.");
  await remove.getByRole("button", { name: "Remove" }).click();
  await page.getByText("Row removed.").waitFor();
  const history = page.getByRole("list", { name: "Changes of the list" });
  await history.getByText("Withdrawn.").waitFor();
  result.history = await history.innerText();
  await check("list");

  await page.goto(view("desk", "?page=baselines&theme=light"));
  const rows = page.locator("table.grid tbody tr");
  await rows.nth(2).waitFor();
  result.candidates = await rows.count();
  result.operations = await rows.first().getByRole("link", { name: "Operations" }).getAttribute("href");
  for (const at of [0, 1, 2]) await rows.nth(at).getByRole("checkbox").check();
  await page.getByRole("button", { name: "Approve 3" }).click();
  result.complaint = await page.locator('.bulk [role="alert"]').innerText();
  await check("baselines");
  // Somebody else decides on one of the three first.
  await second.page.goto(view("desk", "?page=baselines&text=ap-south-1"));
  await second.page.locator("table.grid tbody tr").first().waitFor();
  await second.page.getByRole("checkbox", { name: /Select ap-south-1/ }).check();
  await second.page.getByLabel("Reason of the decision").fill("Nobody of ours works there.");
  await second.page.getByRole("button", { name: "Reject 1" }).click();
  await second.page.getByTestId("decided").waitFor();
  await page.getByLabel("Reason of the decision").fill("The team told us.");
  await page.getByRole("button", { name: "Approve 3" }).click();
  await page.getByTestId("decided").waitFor();
  result.decided = await page.getByTestId("decided").innerText();
  await page.getByRole("button", { name: /^Trusted/ }).click();
  await page.locator("table.grid").getByText("The team told us.").first().waitFor();
  result.trusted = await rows.count();
  await check("trusted");

  const reader = await login(browser, "ciw_viewer");
  await reader.page.goto(view("desk", "?page=baselines"));
  await reader.page.getByText("ciw_baseline_decide").waitFor();
  result.viewerButtons = await reader.page.getByRole("button", { name: /^(Approve|Reject|Expire)( \d+)?$/ }).count();
  await reader.page.goto(view("desk", "?page=lists&list=ciw_change_requests"));
  await reader.page.locator("table.grid tbody tr").first().waitFor();
  result.viewerMay = await reader.page.getByRole("button", { name: "Change", exact: true }).first().isEnabled();
  result.faults = [first, second, reader].flatMap(({ faults }) => faults);
  result.outside = [first, second, reader].flatMap(({ outside }) => outside);
  return result;
});
