-- The request of every wrk run, and its result as one JSON line in the file that WRK_OUT names.
local prompt = string.rep("Tell me something about gateways. ", 6):sub(1, 200)

wrk.method = "POST"
wrk.headers["Content-Type"] = "application/json"
wrk.body = string.format('{"model":"bench","messages":[{"role":"user","content":"%s"}]}', prompt)

function done(summary, latency, requests)
  local errors = summary.errors
  local out = assert(io.open(os.getenv("WRK_OUT"), "a"))
  -- wrk counts durations and latencies in microseconds.
  out:write(string.format(
    '{"contender":"%s","connections":%s,"rps":%.1f,"p50_us":%d,"p99_us":%d,"requests":%d,"errors":%d}\n',
    os.getenv("WRK_CONTENDER"), os.getenv("WRK_CONNECTIONS"), summary.requests / (summary.duration / 1e6),
    latency:percentile(50), latency:percentile(99), summary.requests,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout))
  out:close()
end
