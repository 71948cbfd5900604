-- Visits of a batch, one after the other; Redis runs a function alone, so this is one transaction.
--
-- KEYS: none (a bench of one node). ARGV: for each visit its key, provider, voucher, day (yyyymmdd),
-- minutes, worker, start. Answer: for each visit result, net, VAT, units left.
-- Results and the order of checks are those of ../postgres/schema.sql.
--
-- What many visits of a call share (tariffs, pacts, funds, ceilings) is read once and written once.
local answers = {}
local place = 0
local read, funds, ceilings = {}, {}, {}

local function fields_of(name, ...)
    if not read[name] then
        read[name] = redis.call('HMGET', name, ...)
    end
    return read[name]
end

for i = 1, #ARGV, 7 do
    local key, provider, voucher, day, minutes, worker, start =
        ARGV[i], ARGV[i + 1], ARGV[i + 2], tonumber(ARGV[i + 3]), tonumber(ARGV[i + 4]), ARGV[i + 5],
        ARGV[i + 6]
    local claim = provider .. ' ' .. voucher .. ' ' .. start .. ' ' .. minutes .. ' ' .. worker
    local name = 'r:' .. key
    local seen = redis.call('GET', name)
    local result, net, vat, left = 0, 0, 0, 0
    if seen then
        local was
        was, result, net, vat, left = string.match(seen, '^(.*)|(%d+) (%d+) (%d+) (%d+)$')
        result, net, vat, left = tonumber(result), tonumber(net), tonumber(vat), tonumber(left)
        if was ~= claim then
            result = 9
        end
    else
        -- A title: provider, service, fund, ceiling, live, first day, last day, units, net left,
        -- committed.
        local title = redis.call('HMGET', 'v:' .. voucher, 'p', 's', 'f', 'c', 'live', 'from', 'to',
                                 'units', 'net', 'committed')
        if title[5] ~= '1' then
            result = 1
        elseif title[1] ~= provider then
            result = 2
        elseif day < tonumber(title[6]) or day > tonumber(title[7]) then
            result = 3
        else
            local tariff = fields_of('t:' .. title[2], 'from', 'to', 'net', 'vat')
            local pact = fields_of('a:' .. provider .. ':' .. title[2], 'active', 'from', 'to')
            left = tonumber(title[8])
            if not tariff[1] or day < tonumber(tariff[1]) or day > tonumber(tariff[2]) then
                result = 5
            elseif pact[1] ~= '1' or day < tonumber(pact[2]) or day > tonumber(pact[3]) then
                result = 4
            elseif left < minutes then
                result = 6
            else
                net = math.floor((minutes * tonumber(tariff[3]) + 30) / 60)
                net = math.min(net, tonumber(title[9]))
                vat = math.floor((net * tonumber(tariff[4]) + 5000) / 10000)
                vat = math.min(net + vat, tonumber(title[10])) - net
                local gross = net + vat
                local fund = fields_of('f:' .. title[3], 'open', 'committed')
                local ceiling = fields_of('c:' .. title[4], 'active', 'granted', 'delivered')
                local of_fund = (funds[title[3]] or 0) + gross
                local of_ceiling = (ceilings[title[4]] or 0) + gross
                if fund[1] ~= '1' or tonumber(fund[2]) < of_fund then
                    result = 7
                elseif ceiling[1] ~= '1'
                    or tonumber(ceiling[3]) + of_ceiling > tonumber(ceiling[2]) then
                    result = 8
                else
                    left = left - minutes
                    redis.call('HSET', 'v:' .. voucher, 'units', left,
                               'net', string.format('%.0f', tonumber(title[9]) - net),
                               'committed', string.format('%.0f', tonumber(title[10]) - gross))
                    funds[title[3]] = of_fund
                    ceilings[title[4]] = of_ceiling
                end
            end
        end
        if result ~= 0 then
            net, vat = 0, 0
        end
        redis.call('SET', name, claim .. '|' .. result .. ' ' .. net .. ' ' .. vat .. ' ' .. left)
    end
    answers[place + 1], answers[place + 2], answers[place + 3], answers[place + 4] =
        result, net, vat, left
    place = place + 4
end
for fund, gross in pairs(funds) do
    redis.call('HINCRBY', 'f:' .. fund, 'committed', -gross)
    redis.call('HINCRBY', 'f:' .. fund, 'delivered', gross)
end
for ceiling, gross in pairs(ceilings) do
    redis.call('HINCRBY', 'c:' .. ceiling, 'delivered', gross)
end
return answers
