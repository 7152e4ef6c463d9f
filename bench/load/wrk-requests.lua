-- Requests of many people: a line of the given file is a token, and after a space an ETag.
-- Arguments: file, or "-" where nobody is named, method, path, a file with a JSON body a line, or "-" for none.
local people, bodies = {}, {}
local method, path

function init(args)
  math.randomseed(20261120)
  method, path = args[2], args[3]
  local head = method .. " " .. path .. " HTTP/1.1\r\nHost: 127.0.0.1\r\n"
  if args[1] == "-" then people[1] = head end
  for line in (args[1] == "-" and function() end or io.lines(args[1])) do
    local token, etag = line:match("^(%S+) ?(.*)$")
    local request = head .. "Authorization: Bearer " .. token .. "\r\n"
    if etag ~= "" then request = request .. "If-None-Match: " .. etag .. "\r\n" end
    people[#people + 1] = request
  end
  if args[4] ~= "-" then
    for line in io.lines(args[4]) do bodies[#bodies + 1] = line end
  end
end

function request()
  local head = people[math.random(#people)]
  if #bodies == 0 then return head .. "\r\n" end
  local body = bodies[math.random(#bodies)]
  return head .. "Content-Type: application/json\r\nContent-Length: " .. #body .. "\r\n\r\n" .. body
end

function done(summary, latency)
  local errors = summary.errors
  io.write(string.format(
    '{"requests":%d,"us":%d,"bytes":%d,"failures":%d,"p50Us":%d,"p99Us":%d}\n',
    summary.requests, summary.duration, summary.bytes,
    errors.connect + errors.read + errors.write + errors.status + errors.timeout,
    latency:percentile(50), latency:percentile(99)))
end
