-- wrk -s post.lua URL: POST the file $BODY again and again; print what was measured as one line of JSON.
-- $HEADERS: a "Name: value" a line, instead of Content-Type: application/json.
-- There is no request() here, so that wrk sends bytes formatted once and spends as little as it can.
local file = assert(io.open(os.getenv("BODY"), "rb"))
wrk.method = "POST"
wrk.body = file:read("*a")
for name, value in (os.getenv("HEADERS") or "Content-Type: application/json"):gmatch("([^:\n]+): ([^\n]*)") do
  wrk.headers[name] = value
end
file:close()

function done(summary, latency, requests)
  local e = summary.errors
  io.write(string.format(
    'RESULT {"requests": %d, "us": %d, "p50": %d, "p99": %d, "p999": %d, "errors": %d}\n',
    summary.requests, summary.duration, latency:percentile(50), latency:percentile(99),
    latency:percentile(99.9), e.connect + e.read + e.write + e.status + e.timeout))
end
