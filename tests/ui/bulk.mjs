// Several cases at once: one moves on in between and is refused by name, the others are recorded.
import { config, login, stopRefreshing, view, violations, withBrowser } from "./page.mjs";

await withBrowser(async (browser) => {
  const result = {};
  const { page, faults } = await login(browser, "ciw_l1");
  await page.goto(view("desk", "?severity=high"));
  await page.waitForSelector("table.queue tbody tr");
  await stopRefreshing(page);
  await page.getByLabel("Select all on this page").check();
  await page.getByRole("button", { name: "Close 3" }).click();
  result.complaint = await page.locator('.bulk [role="alert"]').innerText();
  const silence = async () => {
    await page.locator(".bulk").getByRole("combobox", { name: /^Disposition/ }).click();
    await page.locator('[data-test="option"]', { hasText: "Benign" }).click();
    await page.getByRole("group", { name: "Exception" }).getByRole("button", { name: "30 days" }).click();
  };
  await silence();
  // What was chosen for these is not chosen for the next ones.
  await page.getByRole("button", { name: "Select none" }).click();
  await page.getByLabel("Select all on this page").check();
  await page.getByRole("button", { name: "Close 3" }).waitFor();
  result.anew = await page.locator('.bulk [data-testid="exception"]').count();
  await silence();
  result.silences = await page.locator('.bulk [data-testid="exception"] .hint').innerText();
  await page.getByLabel("Reason for closing").fill("Game day of the platform team.");
  result.axe = await violations(page);

  const second = await login(browser, "ciw_l2");
  await second.page.goto(view("desk", `?case=${config.moved}`));
  await second.page.getByRole("button", { name: "Take case" }).click();
  await second.page.waitForSelector(".head .chip.state-in_triage");

  await page.getByRole("button", { name: "Close 3" }).click();
  await page.locator('.bulk [role="status"]').waitFor();
  result.outcome = await page.locator('.bulk [role="status"]').innerText();
  await page.waitForFunction(() => document.querySelectorAll("table.queue tbody tr").length === 1);
  result.left = await page.getAttribute("table.queue tbody tr", "data-case");

  const ticked = () => page.locator('tbody input[type="checkbox"]:checked').count();
  result.ticked = [await ticked()];
  await page.keyboard.press("j");
  await page.keyboard.press("x");
  result.ticked.push(await ticked());

  // What others do appears by itself: in the queue, and as a notice on an open case.
  const watcher = await login(browser, "ciw_viewer");
  await watcher.page.clock.install();
  await watcher.page.goto(view("desk", "?severity=high"));
  await watcher.page.getByText("ciw_l2").waitFor();
  await second.page.getByRole("button", { name: "Release" }).click();
  await second.page.getByRole("button", { name: "Assign to me" }).waitFor();
  await watcher.page.clock.fastForward(21000);
  await watcher.page.locator("tbody").getByText("unassigned").waitFor();
  await watcher.page.goto(view("desk", `?case=${config.moved}`));
  await watcher.page.waitForSelector('[data-testid="rule"]');
  await second.page.getByRole("button", { name: "Assign to me" }).click();
  await second.page.getByRole("button", { name: "Release" }).waitFor();
  await watcher.page.clock.fastForward(21000);
  await watcher.page.waitForSelector('[data-testid="conflict"]');
  result.notice = await watcher.page.innerText('[data-testid="conflict"]');
  result.faults = faults;
  return result;
});
