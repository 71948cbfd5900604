-- The ledger of the bench in PostgreSQL: the least number of rows that holds the same work.
--
-- psql variables: vouchers (half of them spread over 1,000 fund rows, half on one), providers.
-- A title's cell, its line of the statement and the title itself are one row here: one UPDATE where
-- a normalised design would need three. Rows that are updated leave room on their page, so that
-- updates stay heap-only: https://www.postgresql.org/docs/15/storage-hot.html
\set ON_ERROR_STOP on
SET client_min_messages = warning;

CREATE TABLE fund_year (
    id integer PRIMARY KEY,
    is_open boolean NOT NULL,
    committed bigint NOT NULL,
    delivered bigint NOT NULL
) WITH (fillfactor = 10);

CREATE TABLE ceiling (
    id integer PRIMARY KEY,
    is_active boolean NOT NULL,
    granted bigint NOT NULL,
    delivered bigint NOT NULL
) WITH (fillfactor = 10);

CREATE TABLE tariff (
    service integer NOT NULL,
    valid_from date NOT NULL,
    valid_to date NOT NULL,
    net_cents integer NOT NULL, -- per hour
    vat_bp integer NOT NULL,
    PRIMARY KEY (service, valid_from)
);

CREATE TABLE accreditation (
    provider integer NOT NULL,
    service integer NOT NULL,
    is_active boolean NOT NULL,
    valid_from date NOT NULL,
    valid_to date NOT NULL,
    PRIMARY KEY (provider, service)
);

CREATE TABLE voucher (
    id integer PRIMARY KEY,
    provider integer NOT NULL,
    service integer NOT NULL,
    fund_year integer NOT NULL,
    ceiling integer NOT NULL,
    is_live boolean NOT NULL,
    first_day date NOT NULL,
    last_day date NOT NULL,
    units_left integer NOT NULL,
    net_left bigint NOT NULL,   -- of the month's allotment
    committed bigint NOT NULL,  -- not yet delivered, gross
    delivered_net bigint NOT NULL,
    delivered_vat bigint NOT NULL,
    records integer NOT NULL
) WITH (fillfactor = 50);

CREATE TABLE redemption (
    key uuid PRIMARY KEY, -- the Idempotency-Key, drawn in time order
    provider integer NOT NULL,
    voucher integer NOT NULL,
    minutes integer NOT NULL,
    operator bigint NOT NULL,
    start timestamptz NOT NULL,
    net bigint NOT NULL,
    vat bigint NOT NULL,
    result integer NOT NULL, -- a refusal is stored too
    units_left integer NOT NULL
) WITH (autovacuum_enabled = off);

INSERT INTO fund_year SELECT n, true, 9000000000000, 0 FROM generate_series(0, 1000) n;
INSERT INTO ceiling SELECT n, true, 9000000000000, 0 FROM generate_series(0, 1000) n;
INSERT INTO tariff VALUES (1, '2026-01-01', '9999-12-31', 2260, 500);
INSERT INTO accreditation
    SELECT n, 1, true, '2026-01-01', '2028-12-31' FROM generate_series(1, :providers) n;
INSERT INTO voucher
    SELECT n, (n - 1) % :providers + 1, 1,
           CASE WHEN n <= :vouchers / 2 THEN n % 1000 + 1 ELSE 0 END,
           CASE WHEN n <= :vouchers / 2 THEN n % 1000 + 1 ELSE 0 END,
           true, '2026-10-01', '2026-10-31', 720, 27120, 28476, 0, 0, 0
      FROM generate_series(1, :vouchers) n;

-- One visit. Checks in the order of the daemon: identity, what is claimed, state, money. The rows
-- that many share are updated last, so that they are locked for as short as can be.
-- Result: 0 accepted; 1 voucher unknown or not live; 2 another's voucher; 3 out of its validity;
-- 4 provider not accredited for the service on that day; 5 no tariff; 6 units; 7 fund; 8 ceiling;
-- 9 the key was used for another visit.
CREATE FUNCTION redeem(k uuid, p integer, v integer, s timestamptz, m integer, op bigint,
                       OUT result integer, OUT net bigint, OUT vat bigint, OUT units_left integer)
LANGUAGE plpgsql AS $$
DECLARE
    title record;
    said record;
    seen redemption;
    day date := (s AT TIME ZONE 'Europe/Rome')::date;
    gross bigint;
BEGIN
    SELECT * INTO seen FROM redemption WHERE key = k;
    IF FOUND THEN
        result := CASE WHEN (seen.provider, seen.voucher, seen.minutes, seen.operator, seen.start)
                          = (p, v, m, op, s) THEN seen.result ELSE 9 END;
        net := seen.net; vat := seen.vat; units_left := seen.units_left;
        RETURN;
    END IF;
    SELECT t.provider, t.service, t.fund_year, t.ceiling, t.is_live, t.first_day, t.last_day,
           t.units_left, t.net_left, t.committed
      INTO title FROM voucher t WHERE t.id = v FOR NO KEY UPDATE;
    SELECT r.net_cents, r.vat_bp, a.is_active INTO said
      FROM tariff r LEFT JOIN accreditation a
        ON a.provider = p AND a.service = r.service AND day BETWEEN a.valid_from AND a.valid_to
     WHERE r.service = title.service AND day BETWEEN r.valid_from AND r.valid_to;
    result := CASE WHEN title.is_live IS NOT TRUE THEN 1
                   WHEN title.provider <> p THEN 2
                   WHEN day < title.first_day OR day > title.last_day THEN 3
                   WHEN said.net_cents IS NULL THEN 5
                   WHEN said.is_active IS NOT TRUE THEN 4
                   WHEN title.units_left < m THEN 6
                   ELSE 0 END;
    net := 0; vat := 0; units_left := coalesce(title.units_left, 0);
    IF result = 0 THEN
        net := least((m * said.net_cents::bigint + 30) / 60, title.net_left);
        vat := least(net + (net * said.vat_bp + 5000) / 10000, title.committed) - net;
        gross := net + vat;
        units_left := title.units_left - m;
        UPDATE voucher t SET units_left = t.units_left - m, net_left = t.net_left - redeem.net,
               committed = t.committed - gross, delivered_net = t.delivered_net + redeem.net,
               delivered_vat = t.delivered_vat + redeem.vat, records = t.records + 1
         WHERE t.id = v;
        INSERT INTO redemption VALUES (k, p, v, m, op, s, net, vat, 0, units_left);
        UPDATE ceiling c SET delivered = c.delivered + gross
         WHERE c.id = title.ceiling AND c.is_active AND c.delivered + gross <= c.granted;
        IF NOT FOUND THEN
            result := 8;
        ELSE
            UPDATE fund_year f SET committed = f.committed - gross, delivered = f.delivered + gross
             WHERE f.id = title.fund_year AND f.is_open AND f.committed >= gross;
            IF NOT FOUND THEN
                result := 7;
            END IF;
        END IF;
        IF result = 0 THEN
            RETURN;
        END IF;
        RAISE EXCEPTION USING ERRCODE = 'RD00' || result; -- takes everything back
    END IF;
    INSERT INTO redemption VALUES (k, p, v, m, op, s, 0, 0, result, units_left);
END $$;

-- Many visits at once, an answer for each in their order. Where every line is accepted, as on the
-- hot path, sets are judged and written; else line by line, so that the answers are the same.
CREATE FUNCTION redeem_each(k uuid[], p integer[], v integer[], s timestamptz[], m integer[],
                            op bigint[])
RETURNS TABLE (result integer, net bigint, vat bigint, units_left integer) LANGUAGE plpgsql AS $$
BEGIN
    FOR i IN 1 .. cardinality(k) LOOP
        BEGIN
            SELECT * INTO result, net, vat, units_left FROM redeem(k[i], p[i], v[i], s[i], m[i], op[i]);
        EXCEPTION WHEN SQLSTATE 'RD007' OR SQLSTATE 'RD008' THEN
            result := right(SQLSTATE, 1)::integer; net := 0; vat := 0; units_left := 0;
        END;
        RETURN NEXT;
    END LOOP;
END $$;

-- Ceilings and funds of a batch, one UPDATE each where one row is meant, else row by row in order.
CREATE FUNCTION move_shared(ceilings integer[], funds integer[], nets integer[], vats integer[])
RETURNS void LANGUAGE plpgsql AS $$
DECLARE
    part record;
BEGIN
    FOR part IN SELECT l.id, sum(l.net + l.vat) AS gross
                  FROM unnest(ceilings, nets, vats) AS l(id, net, vat) GROUP BY l.id ORDER BY l.id LOOP
        UPDATE ceiling c SET delivered = c.delivered + part.gross
         WHERE c.id = part.id AND c.is_active AND c.delivered + part.gross <= c.granted;
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'RD001';
        END IF;
    END LOOP;
    FOR part IN SELECT l.id, sum(l.net + l.vat) AS gross
                  FROM unnest(funds, nets, vats) AS l(id, net, vat) GROUP BY l.id ORDER BY l.id LOOP
        UPDATE fund_year f SET committed = f.committed - part.gross,
                               delivered = f.delivered + part.gross
         WHERE f.id = part.id AND f.is_open AND f.committed >= part.gross;
        IF NOT FOUND THEN
            RAISE EXCEPTION USING ERRCODE = 'RD001';
        END IF;
    END LOOP;
END $$;

CREATE FUNCTION redeem_many(k uuid[], p integer[], v integer[], s timestamptz[], m integer[],
                            op bigint[])
RETURNS TABLE (result integer, net bigint, vat bigint, units_left integer) LANGUAGE plpgsql AS $$
DECLARE
    judged record;
    moved integer;
BEGIN
    WITH line AS (
        SELECT * FROM unnest(k, p, v, s, m, op) WITH ORDINALITY AS l(key, provider, voucher, start,
                                                                     minutes, operator, place)
    ), priced AS (
        SELECT l.*, t.fund_year, t.ceiling,
               t.units_left - sum(l.minutes) OVER w AS left_after,
               least((l.minutes * r.net_cents + 30) / 60, t.net_left)::integer AS net, r.vat_bp,
               t.net_left, t.committed, t.id IS NOT NULL AND t.is_live AND t.provider = l.provider
               AND (l.start AT TIME ZONE 'Europe/Rome')::date BETWEEN t.first_day AND t.last_day
               AND a.is_active AND r.net_cents IS NOT NULL
               AND NOT EXISTS (SELECT FROM redemption d WHERE d.key = l.key) AS is_good
          FROM line l
          LEFT JOIN voucher t ON t.id = l.voucher
          LEFT JOIN tariff r ON r.service = t.service
               AND (l.start AT TIME ZONE 'Europe/Rome')::date BETWEEN r.valid_from AND r.valid_to
          LEFT JOIN accreditation a ON a.provider = l.provider AND a.service = t.service
               AND (l.start AT TIME ZONE 'Europe/Rome')::date BETWEEN a.valid_from AND a.valid_to
        WINDOW w AS (PARTITION BY l.voucher ORDER BY l.place)
    ), taxed AS (
        SELECT *, ((priced.net::bigint * vat_bp + 5000) / 10000)::integer AS vat FROM priced
    ), summed AS (
        SELECT *, sum(taxed.net) OVER w AS net_so_far, sum(taxed.net + taxed.vat) OVER w AS so_far
          FROM taxed WINDOW w AS (PARTITION BY voucher ORDER BY place)
    )
    SELECT coalesce(bool_and(is_good AND left_after >= 0 AND net_so_far <= net_left
                             AND so_far <= committed), false) AS all_good,
           array_agg(summed.net ORDER BY place) AS nets, array_agg(summed.vat ORDER BY place) AS vats,
           array_agg(left_after::integer ORDER BY place) AS lefts,
           array_agg(fund_year ORDER BY place) AS funds, array_agg(ceiling ORDER BY place) AS ceilings
      INTO judged FROM summed;
    IF judged.all_good THEN
        BEGIN
            -- Vouchers, ceilings, funds: each in the order of their ids, so that two batches cannot
            -- wait for each other. Whoever came between makes a count fall short.
            UPDATE voucher t SET units_left = t.units_left - b.minutes, net_left = t.net_left - b.net,
                   committed = t.committed - b.gross, delivered_net = t.delivered_net + b.net,
                   delivered_vat = t.delivered_vat + b.gross - b.net, records = t.records + b.lines
              FROM (SELECT l.voucher, sum(l.minutes) AS minutes, sum(l.net) AS net,
                           sum(l.net + l.vat) AS gross, count(*) AS lines
                      FROM unnest(v, m, judged.nets, judged.vats) AS l(voucher, minutes, net, vat)
                     GROUP BY l.voucher ORDER BY l.voucher) b
             WHERE t.id = b.voucher AND t.is_live AND t.units_left >= b.minutes
               AND t.net_left >= b.net AND t.committed >= b.gross;
            GET DIAGNOSTICS moved = ROW_COUNT;
            IF moved <> (SELECT count(DISTINCT l) FROM unnest(v) AS l) THEN
                RAISE EXCEPTION USING ERRCODE = 'RD001';
            END IF;
            INSERT INTO redemption
                SELECT l.key, l.provider, l.voucher, l.minutes, l.operator, l.start, l.net, l.vat, 0,
                       l.units_left
                  FROM unnest(k, p, v, m, op, s, judged.nets, judged.vats, judged.lefts)
                       AS l(key, provider, voucher, minutes, operator, start, net, vat, units_left);
            PERFORM move_shared(judged.ceilings, judged.funds, judged.nets, judged.vats);
            RETURN QUERY SELECT 0, l.net::bigint, l.vat::bigint, l.units_left
                  FROM unnest(judged.nets, judged.vats, judged.lefts) AS l(net, vat, units_left);
            RETURN;
        EXCEPTION WHEN SQLSTATE 'RD001' OR unique_violation THEN
            NULL; -- line by line below
        END;
    END IF;
    RETURN QUERY SELECT * FROM redeem_each(k, p, v, s, m, op);
END $$;

-- Visits of the past, so that plans are made for a table that is not empty.
INSERT INTO redemption
    SELECT ('00000000-0000-0000-0000-' || lpad(to_hex(n), 12, '0'))::uuid, 0, 0, 0, 0, '2026-09-01', 0, 0,
           -1, 0
      FROM generate_series(1, 50000) n;
VACUUM (FREEZE, ANALYZE);
