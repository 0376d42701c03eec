// What the scripts share: the SDKs from $INTEROP_MODULES, checks, and their count as the last line.
import { createRequire } from "node:module";
import path from "node:path";

export const require = createRequire(path.resolve(process.env.INTEROP_MODULES, "index.js"));
export const what = JSON.parse(process.env.WHAT);
export const settings = (more = {}) => ({
  endpoint: process.env.INTEROP_URL,
  region: "us-east-1",
  credentials: { accessKeyId: process.env.AWS_ACCESS_KEY_ID, secretAccessKey: process.env.AWS_SECRET_ACCESS_KEY },
  ...more,
});

const count = { passed: 0, failed: 0 };

export function check(name, ok, ...shown) {
  count[ok ? "passed" : "failed"]++;
  if (!ok) console.log("FAILED", "js:", name, ...shown.map((s) => show(s)));
  return Boolean(ok);
}

const show = (s) => {
  try {
    return JSON.stringify(s).slice(0, 600);
  } catch {
    return String(s).slice(0, 600);
  }
};

// The promise must be refused by an exception of that name; gives the exception.
export async function refused(name, kind, promise, ...parts) {
  try {
    check(name, false, "no exception", await promise);
  } catch (e) {
    check(name, e.name === kind && parts.every((p) => e.message.includes(p)), e.name, e.message, e.$metadata);
    return e;
  }
}

// Runs the script and prints the count.
export async function main(run) {
  try {
    await run();
  } catch (e) {
    check("runs to its end", false, e.name, e.message, e.stack);
  }
  console.log(JSON.stringify(count));
}
