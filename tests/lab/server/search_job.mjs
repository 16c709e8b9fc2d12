// Runs searches with @splunk/search-job against the server, as Splunk Web's pages do, and prints
// what came as JSON. Arguments: origin, user, password, a search that takes long.
import { createRequire } from "node:module";

const require = createRequire(import.meta.url);
const [origin, user, password, slow] = process.argv.slice(2);

const login = await fetch(`${origin}/en-US/account/login`, {
  method: "POST",
  redirect: "manual",
  body: new URLSearchParams({ username: user, password, return_to: "/" }),
});
const cookies = login.headers.getSetCookie().map((cookie) => cookie.split(";")[0]);

// What a page of Splunk Web gives the library: its settings, its cookies, relative addresses.
globalThis.$C = {
  SPLUNKD_PATH: "/en-US/splunkd/__raw",
  MRSPARKLE_PORT_NUMBER: Number(new URL(origin).port),
  LOCALE: "en-US",
};
globalThis.document = { cookie: cookies.join("; ") };
const calls = [];
const realFetch = globalThis.fetch;
globalThis.fetch = async (address, options = {}) => {
  const headers = { ...options.headers, Cookie: cookies.join("; ") };
  const reply = await realFetch(origin + address, { ...options, headers });
  calls.push(`${options.method ?? "GET"} ${String(address).split("?")[0]} ${reply.status}`);
  return reply;
};

const SearchJob = require("@splunk/search-job").default;
const place = { app: "live_test", owner: "nobody" };

function gather(observable) {
  return new Promise((resolve) => {
    const values = [];
    observable.subscribe({
      next: (value) => values.push(value),
      error: (error) => resolve({ values, error: String(error.message ?? error) }),
      complete: () => resolve({ values, error: null }),
    });
  });
}

const seen = {};
const window = { earliest_time: "-1h", latest_time: "now" };
const job = SearchJob.create(
  { search: "search index=web | stats count by host", ...window },
  place,
);
const progress = await gather(job.getProgress());
seen.progress = progress.values.map(({ content }) => [
  content.dispatchState,
  content.doneProgress,
  content.resultCount,
]);
seen.results = (await gather(job.getResults({ count: 1, offset: 1 }))).values.at(-1);
seen.columns = (await gather(job.getResults({ output_mode: "json_cols" }))).values.at(-1);
seen.preview = (await gather(job.getResultsPreview())).values.at(-1);
const events = SearchJob.create({ search: "search index=web n=3", ...window }, place);
seen.events = (await gather(events.getEvents())).values.at(-1);

const wrong = SearchJob.create({ search: "search index=web | nonsense", ...window }, place);
seen.wrong = (await gather(wrong.getResults())).error;

const saved = SearchJob.fromSavedSearch({ name: "counted", ...place });
seen.saved = (await gather(saved.getResults())).values.at(-1);

const long = SearchJob.create({ search: slow, ...window }, place);
await new Promise((resolve) => {
  const watching = long.getProgress().subscribe({
    next: ({ content }) => {
      if (content.dispatchState === "RUNNING") {
        watching.unsubscribe();
        resolve();
      }
    },
    error: resolve,
  });
});
seen.cancelled = (await gather(long.cancel())).error;
seen.calls = calls;
console.log(JSON.stringify(seen));
process.exit(0);
